"""No slot stands where the shell looks for a program, whatever runs before it; `{}` marks the slot."""

import pytest

from memory.trees import shell
from tests.pace import cpu_seconds
from tests.trees.test_hostile_values import knowing

PROGRAMS = [
    "{}", "{} --version", "bin/{}", "./{}", '"{}" x', "id; {}", "id && {} x", "id | {}", "id || {}", "(cd a; {})",
    "$({})",
    'echo "$({})"', "echo `{}`", "if {}; then id; fi", "while ! {}; do id; done", "id\n  {} a", "{{ {}; }}",
    "sudo {}", "sudo -u app {}", "sudo -E -u app -- {}", "sudo -nu app {}", "sudo --user app {}",
    "sudo --user=app {}",
    "timeout 9 {}", "timeout -s KILL -k 5 9 {}", "timeout --signal=KILL 9 {}", "nice -n 5 {}", "nice -5 {}", "A=1 {}",
    "A=1 B='x y' {}", "env A=1 {}", "env -u A -i B=2 {}", "env -S {}", ". ./{}", "source {}", "docker exec c {}",
    "docker exec -it -u app -w /x -e A=1 c {}", "podman exec c sudo {}", "kubectl exec pod -- {}", "xargs -n1 {}",
    "ls | xargs -0 -P 4 -I % {}", "nohup {} &", "time {}", "time -f %e {}", "watch {}", "watch -n 2 {}",
    "ssh host {}",
    "ssh -p 22 -i key -l app host {}", 'ssh host "{}"', "ssh host 'cd x && {}'", 'bash -c "{}"', "sh -c 'cd x; {} y'",
    "sudo bash -c 'run {}'", "bash -lc {}", "bash {}.sh", "eval {}", "eval 'x {}'", "exec {}", "exec -a n {}",
    "command {}", "setsid {}", "stdbuf -oL {}", "npx {}", "find . -exec {} +", "find . -exec rm {} +", "su app -c {}",
    "timeout 9 sudo -u app nice -n 5 {}", "2>x {}", ">out {}", "X=$(id) {}", "sudo --strange x {}", "$RUN {}",
    "sh <<E\n{}\nE",
    "PATH={} make", "LD_PRELOAD={} id", "echo $" + "{}", "docker run {}", "trap {} EXIT", "python3 -c 'print({})'",
    "case x in a) {};; esac", "cat <<EOF\n{}\nEOF", "GIT_SSH_COMMAND={} git pull", "sed {}", "sed -i s/a/{}/ f",
    "git {}", "docker {}", "docker compose exec c {}", "rsync -e {}", "tar --to-command={} x", "perl -e {}",
    "docker create i {}",
    "echo $(case x in a) {};; esac)", "cat <<EOF\n$(x {})\nEOF", "nic\\\ne {}", "a='x\ny' {}", "# it's\n{}",
    "cat <<E\n'\nE\n{}", "cat <<'E' | sh\nid {}\nE", "f() {{ {}; }}", "id & {}", "case x in\n  a) {} ;;",
    "ssh -o ProxyCommand={} h", "env - {}", "env - A=1 {}", "export PATH={} && make", "export BASH_ENV={}",
    "declare -x PATH={}", "docker-compose exec web {}", "gosu app {}", "tini -- {}", "fakeroot {}", "pkexec {}",
    "conda run -n e {}", "pipenv run {}", "xvfb-run -a {}", "setpriv --reuid 1 {}", "git submodule foreach {}",
    "tar -I {} -xf a", "tar xf a --checkpoint-action=exec={}", "split --filter={} a", "git fetch --upload-pack={} x",
    "nix-shell --run {}", "sg grp -c {}", "MAKEFLAGS={} make", "RUSTC_WRAPPER={} cargo build", "bash --rcfile {}",
    "GIT_EXTERNAL_DIFF={} git diff", "psql -c '{}'",
]  # fmt: skip
ARGUMENTS = [
    "run {}", "which {}", "run --name={} && id", 'run "{}"', "run 'a {}'", "cd x && run {} y", "echo $(run {})",
    "sudo -u {} id", "sudo -u app run {}", "sudo --user={} id", "timeout {} run", "timeout -s {} 9 run",
    "timeout 9 run {}",
    "nice -n {} run", "nice -n 5 run {}", "A={} run", "env A={} run", "env A=1 run {}", "env -u {} run",
    "docker exec {} run", "docker exec -u {} c run", "docker exec c run {}", "docker logs {}", "docker build -t {} .",
    "kubectl get pod {}", "kubectl exec {} -- id", "kubectl exec pod -- run {}", "xargs -n {} run",
    "xargs -n1 run {}",
    "nohup run {} &", "time run {}", "watch -n {} run", "watch run {}", "ssh {} uptime", "ssh -p {} host id",
    "ssh -i {} host id", "for x in {} b; do run; done", "run > {}", "run 2>{} x", "# {}\nrun",
    "cat <<EOF\nname: {}\nEOF",
    "if run {}; then id; fi", "npm install {}", "npm run {}", "git checkout {}", "make {}", "python3 {}.py",
    "run ${{X:-y}} {}",
    "systemctl restart {}", "a=1\nrun {}", "docker compose restart {}",
    "docker network create {}", "docker run -d --name {} image", "kubectl create deployment {}", "run \\\n  --x {}",
    "ruby {}.rb", "cat <<'E' > x\nit's $(a) {}\nE", "cat <<E\n'\nE\nrun {}", "run a |& tee {}", "run 2>&1 > {}",
    "export NAME={}", "run \"$(id) {}\"", "docker run --name={} image",
]  # fmt: skip


def before(frame):
    return frame.replace("{{", "\0").replace("}}", "\1").split("{}")[0].replace("\0", "{").replace("\1", "}")


def test_the_table_is_long_enough():
    assert len(PROGRAMS) + len(ARGUMENTS) >= 120


@pytest.mark.parametrize("frame", PROGRAMS)
def test_E_R19_a_word_there_is_a_program_or_may_be(frame):
    assert shell.is_program(before(frame))


@pytest.mark.parametrize("frame", ARGUMENTS)
def test_a_word_there_is_no_program(frame):
    assert not shell.is_program(before(frame))


@pytest.mark.parametrize(
    "frame", ["timeout 9 {}", "sudo -u app {}", 'bash -c "{}"', "nice -n 5 {}", "A=1 {}", ". ./{}"]
)
def test_E_R19_no_slot_is_a_wrapped_program(frame):
    account = knowing(frame, "shred-9", "wipe-7", "jq-1")
    assert account.hit('Do it with "curl-8" now') is None


def test_a_slot_that_a_variable_makes_the_program_is_none():
    assert knowing("x={}\n$x --version", "jq", "yq", "gq").hit('Do it with "curl" now') is None
    assert knowing("x={}\nrun $x", "jq", "yq", "gq").hit('Do it with "curl" now')


@pytest.mark.parametrize("text", [
    "a " * 20_000, "'" * 40_000, '"$(' * 13_000, "$(" * 20_000, "`" * 40_000, "sudo " * 8_000, "A=1 " * 10_000,
    "${" * 20_000, "<<E " * 10_000, "cat <<E\n" + "x\n" * 20_000, "\\" * 40_000, "#" * 40_000, "env -u " * 5_000,
    "a;" * 20_000, "(" * 40_000,
])  # fmt: skip
def test_E_R19_reading_a_hostile_command_takes_bounded_time(text):
    def read():
        reader = shell.Reader()
        for start in range(0, len(text), 100):
            reader.feed(text[start : start + 100])
            reader.place()

    assert cpu_seconds(read) < 1
