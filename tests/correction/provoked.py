"""Each fix of the catalogue with a command that fails in `sh` until it is applied.

`without`: programs that are not on the PATH. `programs`: stand-ins that fail with the text of the real one, where that
cannot be had on a machine without daemons and network. `heals`: the trouble ends by itself after half a second, as what
a wait waits for does. {url} is a web server, {port} a taken port.
"""

from dataclasses import dataclass, field

GIT = "git init -q -b trunk . && git config user.email a@b.c && git config user.name A && echo 1 > f && git add f && git commit -qm one"
SCRIPT = "printf '#!/bin/sh\\necho ran > done\\n' > "
CRLF = "printf '#!/bin/sh\\r\\nset -e\\r\\ntouch done\\r\\n' > "
PYTHON = ("python", "pip", "pip3", "pytest", "virtualenv", "flake8")
ZIP = "python3 -c \"import zipfile; z = zipfile.ZipFile('a.zip', 'w'); z.writestr('x/y.txt', 'hi'); z.close()\""
LOCAL_NPM = """mkdir thing && echo '{"name":"thing","version":"1.0.0","bin":{"thing":"t.js"}}' > thing/package.json
printf '#!/usr/bin/env node\\nrequire("fs").writeFileSync("done","")\\n' > thing/t.js && chmod +x thing/t.js
echo '{"name":"app","version":"1.0.0","scripts":{"build":"thing"},"dependencies":{"thing":"file:thing"}}' > package.json"""
WHEEL = """python3 - <<'END'
import zipfile
with zipfile.ZipFile("thing-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("thing.py", "open('done', 'w')")
    wheel.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: thing\\nVersion: 1.0\\n")
    wheel.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("thing-1.0.dist-info/RECORD", "")
END"""
HOLD_A_DATABASE = """python3 -c "
import sqlite3, time
held = sqlite3.connect('a.db'); held.execute('begin exclusive'); open('held', 'w').close(); time.sleep(0.5)" &
while [ ! -e held ]; do sleep 0.02; done"""


@dataclass(frozen=True)
class Provoked:
    """A failure of a fix's kind."""

    fix: str
    command: str
    setup: str = ""
    without: tuple[str, ...] = ()
    programs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str | None] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    heals: bool = False
    as_nobody: bool = False
    open_files: int = 0


P = Provoked
PROVOKED = [
    P("mkdir_with_parents", "mkdir a/b && touch a/b/c"),
    P("mkdir_with_parents", "mkdir dist && touch dist/c", "mkdir dist"),
    P("make_parent_folder", "echo hi > 'out/a b/report.txt'"),
    P("make_parent_folder", "cp f out/f", "touch f"),
    P("make_parent_folder", "mv f out/deep/f", "touch f"),
    P("make_parent_folder", "touch logs/today.log"),
    P("make_parent_folder", "set -e; echo x | tee build/log.txt >/dev/null; cat build/log.txt"),
    P("make_parent_folder", "bash -c 'echo x > build/log.txt'", needs=("bash",)),
    P("make_folder_of_program_s_file", "python3 -c \"open('o/p/x', 'w')\""),
    P("make_folder_of_program_s_file", "node -e \"require('fs').writeFileSync('o/x', '')\"", needs=("node",)),
    P("make_target_folder_of_tar", "tar -xf a.tar -C out/here && cat out/here/f", "echo 1 > f && tar -cf a.tar f"),
    P("make_executable", "./build.sh", SCRIPT + "build.sh"),
    P("make_executable", "bash -c scripts/build.sh", f"mkdir scripts && {SCRIPT}scripts/build.sh", as_nobody=True, needs=("bash",)),
    P("copy_folder", "cp src dst && test -e dst/a", "mkdir src && touch src/a"),
    P("search_folder", "grep needle src", "mkdir src && echo needle > src/a"),
    P("program_is_busy", "./server", "cp /bin/true server; (exec 3>>server; sleep 0.5) & sleep 0.1", heals=True),
    P("tar_finds_the_format", "tar -xzf a.tgz && cat f", "echo 1 > f && tar -cJf a.tgz f", needs=("xz",)),
    P("tar_finds_the_format", "tar xjf a.tbz && cat f", "echo 1 > f && tar -czf a.tbz f", needs=("bzip2",)),
    P("tar_finds_the_format", "tar -xJf a.txz && cat f", "echo 1 > f && tar -czf a.txz f", needs=("xz",)),
    P("more_open_files", "python3 -c \"kept = [open('f') for _ in range(60)]\"", "touch f", open_files=30),
    P("temporary_folder_is_missing", "made=$(mktemp) && test -f \"$made\"", environment={"TMPDIR": "/nope"}),
    P("key_is_open_to_others", "ssh-keygen -y -f deploy_key > key.pub", "ssh-keygen -q -t ed25519 -N '' -f deploy_key && chmod 644 deploy_key", needs=("ssh-keygen",)),
    P("source_is_a_dot", "set -e; source settings.sh && test $x = 1", "echo x=1 > settings.sh"),
    P("run_script_with_bash", "sh ./b.sh", "printf '[[ a == a* ]] && touch done\\n' > b.sh", needs=("bash",)),
    P("run_with_bash", "[[ abc == a* ]] && touch done", needs=("bash",)),
    P("run_with_bash", "set -o pipefail; echo 1 | cat", needs=("bash",)),
    P("run_with_bash", "a=(one two); test ${a[1]} = two", needs=("bash",)),
    P("run_with_bash", "x=abc; test ${x^^} = ABC", needs=("bash",)),
    P("run_with_bash", "cat <<< \"it's here\"", needs=("bash",)),
    P("run_with_bash", "function hi { echo hi; }; hi", needs=("bash",)),
    P("crlf_script_by_shell", "sh ./deploy.sh && test -e done", CRLF + "deploy.sh"),
    P("crlf_script", "./deploy.sh && test -e done", CRLF + "deploy.sh && chmod +x deploy.sh"),
    P("python_is_python3", "python -c 'print(1)'", without=PYTHON),
    P("script_asks_for_python", "./tool", "printf '#!/usr/bin/env python\\nprint(1)\\n' > tool && chmod +x tool", without=PYTHON),
    P("pip_is_a_module", "pip --version", without=PYTHON),
    P("python_tool_is_a_module", "pytest -q", "echo \"print('ran')\" > pytest.py", without=PYTHON),
    P("virtualenv_is_venv", "virtualenv --without-pip v && test -e v/bin/python3", without=PYTHON),
    P("nodejs_is_node", "nodejs -e 0", without=("nodejs",), needs=("node",)),
    P("make_has_another_name", "gmake all", "printf 'all:\\n\\ttouch done\\n' > Makefile", without=("gmake",), needs=("make",)),
    P("md5_is_md5sum", "md5 -q f", "touch f", without=("md5",)),
    P("which_is_built_in", "which cat", without=("which",)),
    P("without_sudo", "sudo -n touch done", without=("sudo",)),
    P("unzip_with_python", "unzip -q a.zip -d out && cat out/x/y.txt", ZIP, without=("unzip",)),
    P("unzip_here_with_python", "unzip a.zip && cat x/y.txt", ZIP, without=("unzip",)),
    P("zip_with_python", "zip -r a.zip src && test -s a.zip", "mkdir src && touch src/a", without=("zip",)),
    P("home_is_missing", "set -u; cd \"$HOME\" && touch done", environment={"HOME": None}),
    P("java_home_is_missing", "./gradlew-like", programs={"java": "exit 0"}, setup="printf '#!/bin/sh\\n[ -d \"$JAVA_HOME\" ] || { echo \"ERROR: JAVA_HOME is not set and no java command could be found in your PATH.\" >&2; exit 1; }\\n' > gradlew-like && chmod +x gradlew-like"),
    P("home_is_closed", "npm-like", programs={"npm-like": "[ -w \"$HOME\" ] || { echo \"npm error Error: EACCES: permission denied, mkdir '/nonexistent/.npm'\" >&2; exit 243; }"}, environment={"HOME": "/nonexistent"}),
    P("terminal_is_unknown", "tput bel", environment={"TERM": None}, needs=("tput",)),
    P("text_is_utf8", "python3 -c \"print(chr(233))\"", environment={"PYTHONIOENCODING": "ascii"}),
    P("text_is_utf8", "python3 -c \"import locale; locale.setlocale(locale.LC_ALL, '')\"", environment={"LC_ALL": "xx_YY.UTF-8"}),
    P("curl_instead_of_wget", "wget -q -O page {url} && cat page", without=("wget",), needs=("curl",)),
    P("curl_instead_of_wget_here", "wget {url}/page && cat page", without=("wget",), needs=("curl",)),
    P("wget_instead_of_curl", "curl -fsSL -o page {url} && cat page", without=("curl",), needs=("wget",)),
    P("wget_instead_of_curl_here", "curl -sSO {url}/page && cat page", without=("curl",), needs=("wget",)),
    P("wget_instead_of_curl_to_output", "test \"$(curl -s {url})\" = content", without=("curl",), needs=("wget",)),
    P("wget_after_curl", "curl -sS -o page {url}/not-for-curl && cat page", needs=("curl", "wget")),
    P("another_port", "python3 -c \"import os, socket; socket.socket().bind(('127.0.0.1', int(os.environ.get('PORT', {port}))))\""),
    P("another_port", "node -e \"require('http').createServer().listen(+(process.env.PORT || {port}), '127.0.0.1', () => process.exit(0))\"", needs=("node",)),
    P("port_is_taken", "docker run -p 8080:80 web", programs={"docker": "[ -e free ] || { echo 'docker: Error response from daemon: Bind for 0.0.0.0:8080 failed: port is already allocated.' >&2; exit 125; }"}, setup="(sleep 0.4; touch free) &", heals=True),
    P("database_is_starting", "psql -c 'select 1'", programs={"psql": "[ -e up ] || { echo 'psql: error: connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: FATAL:  the database system is starting up' >&2; exit 2; }"}, setup="(sleep 0.4; touch up) &", heals=True),
    P("docker_is_starting", "docker ps", programs={"docker": "[ -e up ] || { echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1; }"}, setup="(sleep 0.4; touch up) &", heals=True),
    P("docker_compose_is_a_plugin", "docker-compose up -d", without=("docker-compose",), programs={"docker": '[ "$1" = compose ]'}),
    P("docker_compose_is_a_program", "docker compose up -d", programs={"docker": "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1", "docker-compose": '[ "$1" = up ]'}),
    P("file_database_is_locked", "python3 -c \"import sqlite3; sqlite3.connect('a.db', timeout=0).execute('create table t(x)')\"", HOLD_A_DATABASE, heals=True),
    P("git_lock_is_held", "git add f", f"{GIT}; touch .git/index.lock; (sleep 0.4; unlink .git/index.lock) &", heals=True),
    P("git_has_no_identity", "git commit -qm x && git log --format=%an", "git init -q . && echo 1 > f && git add f"),
    P("git_trusts_this_folder", "git status --short", f"{GIT}; chown -R 12345 .", needs=("chown as root",)),
    P("git_push_names_its_branch", "git push", f"{GIT} && git init -q --bare r.git && git remote add origin ./r.git"),
    P("git_clone_is_there", "git clone -q {folder}/up shop && test -e shop/g", f"mkdir up && cd up && {GIT} && cd .. && git clone -q \"$PWD/up\" shop && cd up && touch g && git add g && git commit -qm two"),
    P("git_branch_is_main", "git checkout -q master", f"{GIT} && git branch main"),
    P("git_branch_is_master", "git checkout -q main", f"{GIT} && git branch master"),
    P("npm_lockfile_is_stale", "npm ci --offline && test -e node_modules/thing", LOCAL_NPM, needs=("npm",)),
    P("npm_peers_do_not_agree", "npm install --package-lock-only", "echo '{{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{{\"a\":\"1.0.0\",\"b\":\"1.0.0\"}}}}' > package.json; echo 'registry={url}/npm/' > .npmrc", needs=("npm",)),
    P("npm_global_is_closed", "npm install -g --offline ./thing && thing", LOCAL_NPM, needs=("npm",), as_nobody=True),
    P("npm_install_comes_first", "npm run --silent build && test -e done", LOCAL_NPM, needs=("npm",)),
    P("npx_is_npm_exec", "npx thing && test -e done", f"{LOCAL_NPM} && npm install --offline --silent", without=("npx",), needs=("npm",)),
    P("npx_may_download", "npx cowsay hi", programs={"npx": "[ \"$npm_config_yes\" = true ] || { echo 'npm error npx canceled due to missing packages and no YES option: [\"cowsay@1.6.0\"]' >&2; exit 1; }"}),
    P("yarn_comes_with_corepack", "yarn install", without=("yarn",), programs={"corepack": '[ "$1 $2" = "yarn install" ]'}),
    P("yarn_lockfile_is_stale", "yarn install --frozen-lockfile", programs={"yarn": "case $* in *frozen*) echo 'error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.' >&2; exit 1;; esac"}),
    P("node_needs_more_memory", "node -e \"const kept = []; for (let i = 0; i < 150; i++) kept.push(new Array(1e5).fill(i + 0.5))\"", environment={"NODE_OPTIONS": "--max-old-space-size=40"}, needs=("node",)),
    P("pip_needs_a_venv", "python3 -m pip install --no-index ./thing-1.0-py3-none-any.whl && python3 -c 'import thing'", WHEEL, needs=("externally managed python3",)),
    P("venv_without_pip", "python3 -m venv v", programs={"python3": "case $* in *--without-pip*) exit 0;; esac\necho 'The virtual environment was not created successfully because ensurepip is not available.'; exit 1"}),
    P("pip_is_too_old_for_the_option", "pip install --break-system-packages x", programs={"pip": "case $* in *--break*) echo 'no such option: --break-system-packages' >&2; exit 2;; esac"}),
    P("python_module_of_the_project", "python3 tools/run.py", "mkdir tools shop && touch shop/__init__.py && echo 'import shop' > tools/run.py"),
    P("python_module_of_the_project", "python3 tools/run.py", "mkdir -p tools src && touch src/shop.py && echo 'import shop' > tools/run.py"),
    P("apt_lists_are_old", "apt-get install -y jq", programs={"apt-get": "case $* in *update) touch lists; exit;; esac; [ -e lists ] || { echo 'E: Unable to locate package jq' >&2; exit 100; }"}),
    P("apt_lock_is_held", "apt-get install -y jq", programs={"apt-get": "[ -e free ] || { echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1432 (apt-get)' >&2; exit 100; }"}, setup="(sleep 0.4; touch free) &", heals=True),
    P("dpkg_was_interrupted", "apt-get install -y jq", programs={"dpkg": "touch whole", "apt-get": "[ -e whole ] || { echo \"E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\" >&2; exit 100; }"}),
    P("apt_asks", "apt-get install jq", programs={"apt-get": "case $* in *-y*) exit 0;; esac; echo 'Do you want to continue? [Y/n] Abort.'; exit 1"}),
    P("makefile_has_blanks", "make && test -e done", "printf 'all:\\n    touch done\\n' > Makefile", needs=("make",)),
    P("gradle_has_a_wrapper", "gradle build", SCRIPT + "gradlew && chmod +x gradlew", without=("gradle",)),
]  # fmt: skip

NOT_PROVOKED = {
    "temporary_folder_is_full": "needs a file system that is full",
    "curl_by_http1": "needs a server that breaks HTTP/2 connections",
    "git_by_http1": "needs a git server that breaks HTTP/2 connections",
}
