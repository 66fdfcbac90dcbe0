/** Server-sent events as the standard has them: bytes in, messages out. Knows nothing of executor.one. */

export interface Message {
  /** The id that stands behind this message. A message without data may have one: where the stream begins. */
  id: string | undefined;
  type: string;
  /** Empty for a message that tells nothing but its id or `retry`. */
  data: string;
  /** How many ms the server wants a client to wait before it connects again. */
  retry: number | undefined;
}

const FIELDS = ["id", "event", "data", "retry", ""]; // the last one is a comment's

/** The messages of a stream; a heartbeat is one that says nothing. What breaks off in the middle of one is dropped. */
export async function* messages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  let fields: [string, string][] = [];
  for await (const line of lines(chunks)) {
    if (line !== "") fields.push(field(line));
    else {
      if (fields.some(([name]) => FIELDS.includes(name))) yield message(fields);
      fields = [];
    }
  }
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let hasReturned = false; // the last chunk ended with CR, whose LF may come with the next
  for await (const chunk of chunks) {
    let text = decoder.decode(chunk, { stream: true });
    if (text === "") continue;
    if (hasReturned && text.startsWith("\n")) text = text.slice(1);
    hasReturned = text.endsWith("\r");
    const parts = text.split(/\r\n|\r|\n/);
    parts[0] = rest + (parts[0] ?? "");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

function field(line: string): [string, string] {
  const [, name = "", value = ""] = /^([^:]*)(?::\x20?(.*))?$/s.exec(line) ?? [];
  return [name, value];
}

function message(fields: [string, string][]): Message {
  const all = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
  const retry = all("retry").at(-1);
  return {
    id: all("id").at(-1),
    type: all("event").at(-1) ?? "message",
    data: all("data").join("\n"),
    retry: retry !== undefined && /^[0-9]{1,9}$/.test(retry) ? Number(retry) : undefined,
  };
}
