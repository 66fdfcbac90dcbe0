// How src/generated is made: `make clients`. Nothing else here knows where the document is.
export default {
  input: process.env.OPENAPI ?? "../../docs/reference/openapi.yaml",
  output: { path: process.env.OUTPUT ?? "src/generated", module: { extension: ".js" } },
  plugins: ["@hey-api/typescript", "@hey-api/client-fetch", "@hey-api/sdk"],
  logs: { file: false, level: "warn" },
};
