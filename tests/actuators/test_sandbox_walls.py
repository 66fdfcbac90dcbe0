"""Privilege, network, input, and no sandbox at all: hostile commands and what each must come to."""

import os
import shlex
import subprocess
import tempfile
import time

import pytest

from actuators.sandbox import Limits, Sandboxes, SandboxUnavailable, Workspace, prepare_workspace
from actuators.sandbox.bwrap import Recipe, build_root, find_bwrap

ROOT = os.geteuid() == 0


def python(code):
    return "/usr/bin/python3 -I -c " + shlex.quote(code)


SYSCALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *arguments):
    result = libc.syscall(number, *[ctypes.c_long(a) for a in arguments])
    print(name, 'ALLOWED' if result >= 0 else os.strerror(ctypes.get_errno()))
"""


# ---------------------------------------------------------------- privilege


@pytest.mark.hostile
@pytest.mark.essential
def test_confinement_as_the_kernel_tells_it(house):
    wanted = "NoNewPrivs:\t1|Seccomp:\t2|CapInh:\t0000000000000000|CapPrm:\t0000000000000000"
    wanted += "|CapEff:\t0000000000000000|CapBnd:\t0000000000000000|CapAmb:\t0000000000000000"
    status = house.run("cat /proc/self/status").stdout.splitlines()
    assert set(wanted.split("|")) <= set(status)


@pytest.mark.hostile(case=10)
@pytest.mark.essential
def test_namespaces_and_mounts_are_refused(house):
    command = """
mount -t tmpfs x /mnt && echo ALLOWED mount; unshare -Ur true && echo ALLOWED user
unshare -n true && echo ALLOWED net; chroot / true && echo ALLOWED chroot
nsenter -t 1 -m true && echo ALLOWED nsenter; umount /proc && echo ALLOWED umount
hostname evil && echo ALLOWED hostname; date -s 2001-01-01 >/dev/null && echo ALLOWED date; hostname
"""
    assert house.run(command).stdout == "sandbox\n"


@pytest.mark.hostile(case=10)
@pytest.mark.essential
def test_user_namespaces_stay_closed_even_without_seccomp(place):
    """The seccomp filters hide this wall from every other test: here they are left out."""
    home = place / "no-seccomp"
    workspace = prepare_workspace(home, "w", None)
    bare = Recipe(build_root(home)).arguments(workspace.path, Limits()).partition(b"--add-seccomp-fd")[0]
    script = "unshare -U true 2>/dev/null && echo NESTED; echo checked"
    with tempfile.TemporaryFile() as arguments:
        arguments.write(bare)
        arguments.seek(0)
        argv = [find_bwrap(None), "--args", str(arguments.fileno()), "--", "/bin/sh", "-c", script]
        done = subprocess.run(argv, pass_fds=(arguments.fileno(),), capture_output=True, text=True, check=True)
    assert done.stdout == "checked\n"


@pytest.mark.hostile(case=10)
@pytest.mark.essential
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_dangerous_system_calls_are_refused(house):
    code = (
        SYSCALL
        + """
call('ptrace', 101, 0, 0, 0, 0); call('process_vm_readv', 310, os.getpid(), 0, 0, 0, 0, 0)
call('bpf', 321, 0, 0, 0); call('io_uring_setup', 425, 1, 0); call('userfaultfd', 323, 1)
call('keyctl', 250, 0, -3, 0, 0, 0); call('perf_event_open', 298, 0, 0, -1, -1, 0)
call('unshare', 272, 0x10000000); call('setns', 308, 0, 0); call('clone3', 435, 0, 0)
call('open_by_handle_at', 304, 0, 0, 0); call('pidfd_getfd', 438, 0, 0, 0)
call('mount', 165, 0, 0, 0, 0, 0); call('open_tree', 428, -100, 0, 0); call('syslog', 103, 10, 0, 0)
call('fsopen', 430, 0, 0); call('personality', 135, -1); call('kexec_load', 246, 0, 0, 0, 0)
call('add_key', 248, 0, 0, 0, 0, 0); call('vmsplice', 278, 0, 0, 0, 0); call('kcmp', 312, 1, 1, 0)
call('memfd_secret', 447, 0); call('unknown of tomorrow', 999, 0)
for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
    call('clone %x' % flag, 56, flag | 17, 0, 0, 0, 0)
"""
    )
    outcome = house.run(python(code))
    assert outcome.stdout.count("\n") == 30
    assert "ALLOWED" not in outcome.stdout


@pytest.mark.hostile(case=10)
@pytest.mark.essential
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 exists on x86_64")
def test_foreign_abi_kills_the_process(house):
    outcome = house.run(python(SYSCALL + "call('x32 getpid', 0x40000000 + 39)"))
    assert outcome.exit_code == 128 + 31  # SIGSYS
    assert "ALLOWED" not in outcome.stdout


@pytest.mark.hostile
@pytest.mark.essential
def test_terminal_injection_is_refused(house):
    code = """
import fcntl, os
for request in (0x5412, 0x541C, 0x5412 | 1 << 32):
    try: fcntl.ioctl(0, request & 0xFFFFFFFF, b'x'); print('ALLOWED')
    except OSError as error: print(error.errno)
try: os.open('/dev/tty', os.O_RDWR); print('TTY')
except OSError: pass
"""
    assert house.run(python(code)).stdout == "1\n1\n1\n"


# ---------------------------------------------------------------- network


@pytest.mark.hostile(case=10)
@pytest.mark.essential
def test_sockets_of_other_families_do_not_exist(house):
    code = """
import socket
for f, t, p in ((40,1,0),(38,5,0),(17,3,0),(15,3,2),(31,3,1),(44,3,0),(21,5,0),(30,1,0),(16,3,9),
                (16,3,12),(29,3,1),(45,5,0),(2,3,1)):
    try: socket.socket(f, t, p); print(f, 'ALLOWED')
    except OSError: pass
for f in (1, 2, 10): socket.socket(f, 1, 0)
print('ordinary ones work')
"""
    assert house.run(python(code)).stdout == "ordinary ones work\n"


@pytest.mark.hostile(case=10)
@pytest.mark.essential
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_socket_family_cannot_be_smuggled_in_the_upper_half(house):
    code = SYSCALL + "call('vsock', 41, 0x100000028, 1, 0); call('vsock', 41, 40, 1, 0)"
    assert "ALLOWED" not in house.run(python(code)).stdout


@pytest.mark.hostile(case=9)
@pytest.mark.essential
def test_server_cannot_be_reached(house, server):
    port, abstract = server
    code = f"""
import socket
def reach(family, address):
    s = socket.socket(family); s.settimeout(1)
    try: s.connect(address); print(s.recv(99))
    except OSError as error: print('no')
reach(2, ('127.0.0.1', {port})); reach(2, ('169.254.169.254', 80)); reach(2, ('8.8.8.8', 53))
reach(1, '\\0{abstract}'); reach(1, '/var/run/postgresql/.s.PGSQL.5432')
"""
    assert house.run(python(code)).stdout == "no\n" * 5


@pytest.mark.hostile(case=9)
@pytest.mark.essential
def test_only_the_loopback_interface_exists(house):
    lines = house.run("tail -n +3 /proc/net/dev; cat /proc/net/route | tail -n +2").stdout
    assert [line.split(":")[0].strip() for line in lines.splitlines()] == ["lo"]


@pytest.mark.hostile(case=9)
@pytest.mark.essential
def test_loopback_of_one_run_is_not_that_of_another(house):
    listen = python("import socket,time; s=socket.create_server(('127.0.0.1',5151)); time.sleep(.5)")
    connect = python("import socket; socket.create_connection(('127.0.0.1',5151),1)")
    assert house.run(f"{listen} & sleep 0.25; {connect} && echo own").stdout == "own\n"
    assert house.run(f"{connect} || echo none", account="b").stdout == "none\n"


# ---------------------------------------------------------------- input


@pytest.mark.hostile(case=17)
@pytest.mark.essential
@pytest.mark.parametrize(
    ("command", "words"),
    [("echo a\0b", "NUL"), ("#" * 200_000, "100000"), ("", "empty"), ("\ud800", "Unicode")],
)
def test_command_that_cannot_be_run_is_a_value_error(house, command, words):
    with pytest.raises(ValueError, match=words):
        house.run(command)


@pytest.mark.hostile(case=17)
@pytest.mark.essential
@pytest.mark.parametrize("env", [{"A=B": "x"}, {"A": "x\0"}, {"": "x"}, {"UID": "0"}, {"A b": ""}])
def test_environment_that_cannot_be_set_is_a_value_error(house, env):
    with pytest.raises(ValueError, match="environment"):
        house.run("true", env=env)


def test_longest_command_arrives_whole_with_every_quote(house):
    text = ('it\'s "$HOME" `x` \\ \n' * 5000)[:99_000]
    outcome = house.run(f": '{text.replace(chr(39), '-')}'; echo \"'ok'\"" + " '' " * 200)
    assert outcome.stdout.strip() == "'ok'"
    quotes = "'" * 50_000
    assert house.run(f'echo "{quotes}" | wc -c').stdout.strip() == "50001"


@pytest.mark.hostile(case=17)
@pytest.mark.essential
def test_loader_variables_of_the_customer_do_no_harm(house):
    env = {"LD_PRELOAD": "/workspace/x.so", "BASH_ENV": "/workspace/x", "X": "it's\n$(id)`id`"}
    outcome = house.run('printf %s "$X"', env=env)
    assert outcome.stdout == "it's\n$(id)`id`"


@pytest.mark.essential
def test_shell_is_what_customers_expect(house):
    command = """
pwd; echo $HOME $GOAL_DIR $LANG $TERM; whoami; id -un; echo to-stderr >/dev/stderr; echo $0
exit 7
"""
    outcome = house.run(command)
    assert outcome.stdout == ("/workspace\n/workspace /workspace C.UTF-8 dumb\nsandbox\nsandbox\n/bin/sh\n")
    assert (outcome.stderr, outcome.exit_code) == ("to-stderr\n", 7)


def test_signal_death_has_the_shells_exit_code(house):
    assert house.run("kill -TERM $$").exit_code == 143
    assert house.run("exec sh -c 'kill -SEGV $$'").exit_code == 139


def test_broken_pipe_ends_a_writer_as_usual(house):
    outcome = house.run("yes | head -n 1")
    assert (outcome.stdout, outcome.stderr, outcome.exit_code) == ("y\n", "", 0)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            "git init -q r && cd r && git config user.email a@b && git config user.name n "
            "&& echo x >f && git add f && git commit -qm m && git log --oneline | wc -l",
            id="git",
        ),
        pytest.param(
            "/usr/bin/python3 -c 'import subprocess,threading,ssl;"
            't=threading.Thread(target=lambda:subprocess.run(["echo","1"]));'
            "t.start();t.join()'",
            id="python",
        ),
        pytest.param(
            'node -e \'require("child_process").execSync("true");'
            'require("fs").promises.readdir(".").then(()=>console.log(1))\'',
            id="node",
        ),
        pytest.param(
            "echo 'int main(){return 0;}' >m.c && printf 'm: m.c\\n\\tgcc -o m m.c\\n' "
            ">Makefile && make -s && ./m && echo 1",
            id="gcc and make",
        ),
        pytest.param("printf 'b\\na\\n' | sort -S 1M | uniq | grep -c a | xargs echo", id="coreutils"),
        pytest.param(
            "mkdir -p t/a && tar cf t.tar t && tar xf t.tar -C t && find t -type d | wc -l | sed s/4/1/", id="tar"
        ),
    ],
)
def test_ordinary_work_is_done_with(house, command):
    program = command.split()[0]
    if house.run(f"command -v {program}").exit_code:
        pytest.skip(f"no {program} on this machine")
    outcome = house.run(command, account="worker", memory_bytes=1 << 30)
    assert (outcome.stdout.strip(), outcome.exit_code) == ("1", 0), outcome


@pytest.mark.slow
def test_npm_makes_a_package(house):
    if house.run("command -v npm").exit_code:
        pytest.skip("no npm on this machine")
    outcome = house.run("npm init -y >/dev/null && node -p 'require(\"./package.json\").version'",
                        account="npm", memory_bytes=1 << 30, wall_s=30)  # fmt: skip
    assert outcome.stdout == "1.0.0\n", outcome


# ---------------------------------------------------------------- no sandbox


@pytest.mark.hostile(case=19)
@pytest.mark.essential
def test_without_bwrap_nothing_runs(house, place):
    async def attempt():
        sandboxes = Sandboxes(bwrap=str(place / "no-such-bwrap"))
        with pytest.raises(SandboxUnavailable, match="bwrap"):
            await sandboxes.start()
        with pytest.raises(SandboxUnavailable, match="not started"):
            await sandboxes.run("touch ran", workspace=house.account("nobwrap"))

    house.do(attempt())
    assert not (house.account("nobwrap").path / "ran").exists()


@pytest.mark.hostile(case=19)
@pytest.mark.essential
def test_bwrap_that_does_not_confine_fails_the_self_test(house, place):
    false_bwrap = place / "false-bwrap"
    false_bwrap.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n')
    false_bwrap.chmod(0o755)

    async def attempt():
        sandboxes = Sandboxes(bwrap=str(false_bwrap))
        began = time.monotonic()
        with pytest.raises(SandboxUnavailable, match=r"self-test: .*visible"):
            await sandboxes.start()
        assert time.monotonic() - began < 8

    house.do(attempt())


def test_missing_workspace_is_refused_in_words(house):
    workspace = house.account("vanished")
    workspace.path.rmdir()
    with pytest.raises(SandboxUnavailable, match="workspace"):
        house.run("true", account="vanished")


@pytest.mark.hostile
@pytest.mark.essential
@pytest.mark.skipif(not ROOT, reason="only root has uids to give")
def test_root_without_a_uid_for_the_account_is_refused(house):
    workspace = Workspace(house.account("a").path, None)
    with pytest.raises(SandboxUnavailable, match="uid"):
        house.do(house.sandboxes.run("true", workspace=workspace))
