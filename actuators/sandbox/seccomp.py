"""The system calls a sandbox may make: one filter in two parts, of which a call must pass both.

The first refuses *forms* of calls by their arguments, and foreign ABIs. The second is an allow-list of *names*: a call
that is not on it does not exist (ENOSYS, so that a C library falls back to an older one), and a call that tomorrow's
kernel adds does not exist either. libseccomp writes the first. It could not write both as one: it drops conditional
rules of a call once the same filter allows it without a condition. The second is only a search among numbers, and
written here as ranges it has a third of libseccomp's instructions. That counts: the kernel compiles the filter twice
for each sandbox, for the command and for the process above it.

Foreign ABIs (x32, i386 on x86_64) kill the process: their numbers would walk past both lists.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import tempfile
from typing import Any

from actuators.sandbox.limits import SandboxUnavailable

# Grouped as one would look for them. Left out on purpose: namespaces and mounts, ptrace and
# process_vm_*, bpf, perf, io_uring, aio (of whose requests a machine has one
# stock, and one process can have it all), userfaultfd, keyrings, modules, kexec, clocks, quotas, swap,
# handles, raw ports, NUMA placement, fanotify, pidfd_getfd, vmsplice, personality, memfd_secret, and Landlock, whose
# rules keep deleted files where nothing shows them.
FILES = """
 access faccessat faccessat2 chdir fchdir getcwd chmod fchmod fchmodat chown fchown fchownat lchown
 close close_range copy_file_range creat open openat openat2 dup dup2 dup3 fadvise64
 fcntl flock fdatasync fsync sync syncfs sync_file_range fstat fstatfs statfs stat lstat statx
 newfstatat ftruncate truncate getdents getdents64 link linkat symlink symlinkat unlink unlinkat
 readlink readlinkat rename renameat renameat2 mkdir mkdirat mknod mknodat rmdir umask utime utimes
 utimensat futimesat lseek read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2
 readahead sendfile splice tee pipe pipe2 ioctl inotify_init inotify_init1 inotify_add_watch
 inotify_rm_watch getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr
 flistxattr removexattr lremovexattr fremovexattr memfd_create
"""
MEMORY = """
 brk mmap mprotect munmap mremap msync mincore madvise mlock mlock2 mlockall munlock munlockall
 membarrier pkey_alloc pkey_free pkey_mprotect remap_file_pages shmget shmat shmctl shmdt
"""
PROCESSES = """
 clone fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open
 pidfd_send_signal getpid getppid gettid getpgid getpgrp getsid setpgid setsid getuid geteuid getgid
 getegid getgroups getresuid getresgid setuid setgid setreuid setregid setresuid setresgid
 setgroups setfsuid setfsgid capget capset prctl arch_prctl set_tid_address set_robust_list
 get_robust_list rseq getrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get
 ioprio_set sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam
 sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max
 sched_get_priority_min sched_rr_get_interval sched_yield getcpu seccomp
"""
SIGNALS_AND_TIME = """
 rt_sigaction rt_sigprocmask rt_sigpending rt_sigqueueinfo rt_sigreturn rt_sigsuspend
 rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4 pause alarm restart_syscall
 clock_getres clock_gettime clock_nanosleep nanosleep gettimeofday time times getitimer setitimer
 timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
 timerfd_gettime timerfd_settime
"""
WAITING_AND_TALKING = """
 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait
 epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 futex futex_waitv semget semop semctl
 semtimedop msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend
 mq_timedreceive socket socketpair bind listen accept accept4 connect shutdown getsockname
 getpeername getsockopt setsockopt sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg
"""
SYSTEM = "uname sysinfo getrandom"

# Refused with EPERM and not ENOSYS, so that a tool says "not permitted" and not "no such call".
REFUSED = """
 mount umount2 pivot_root chroot unshare setns ptrace process_vm_readv process_vm_writev bpf
 perf_event_open keyctl add_key request_key swapon swapoff reboot sethostname setdomainname
 settimeofday clock_settime init_module finit_module delete_module syslog acct quotactl
 open_by_handle_at name_to_handle_at iopl ioperm vhangup
"""

# Answered as a file system answers that cannot do it, so that programs write instead: space that is taken without
# being written is taken faster than anybody can look (10 GB in 20 ms).
UNSUPPORTED = "fallocate"

NAMESPACE_FLAGS = (  # CLONE_NEW*: mount, cgroup, uts, ipc, user, pid, net
    0x00020000,
    0x02000000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
ALLOWED_FAMILIES = frozenset({AF_UNIX, AF_INET, AF_INET6, AF_NETLINK})
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
# What XFS brought and other file systems know too: to reserve space, to set the size of pieces in which it is taken, to
# change the project whose quota counts. All have this byte as their type; who reads such settings can do without.
XFS_IOCTLS = ord("X") << 8

# Nothing shows a segment that nobody has attached, or a set of semaphores. A sandbox may have 4096 and 32,000 of them;
# Postgres wants one segment of 56 bytes.
MOST_SEGMENT_BYTES, MOST_SEMAPHORES = 64 * 1024, 32

# One instruction of the kernel's classic BPF: operation, jump if true, jump if false, operand.
Instruction = tuple[int, int, int, int]
INSTRUCTION = "=HBBI"
LOAD, JUMP, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x05, 0x35, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000


def build_filter(*, is_memory_walled: bool) -> int:
    """A sealed memfd for ``bwrap --add-seccomp-fd``, written once for the life of a runner.

    Where no cgroup holds the memory (``is_memory_walled`` is false), System V segments and semaphores are small.
    Readers must reopen it to get an offset of their own. Raises SandboxUnavailable when libseccomp is missing or
    refuses a rule.
    """
    try:
        import pyseccomp as sc  # here: importing it loads libseccomp, which may not be installed
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxUnavailable(f"seccomp cannot be had: {error}") from error
    try:
        code = chain(_exported(_arguments(sc, is_memory_walled)), search(_steps(_verdicts(sc))))
        return _sealed(b"".join(struct.pack(INSTRUCTION, *one) for one in code))
    except (OSError, struct.error) as error:
        raise SandboxUnavailable(f"the seccomp filter cannot be built: {error}") from error


def chain(first: list[Instruction], second: list[Instruction]) -> list[Instruction]:
    """One program: what the first allows goes on to the second."""
    joined = [
        (JUMP, 0, 0, len(first) - at - 1) if one[0] == RETURN and one[3] == ALLOW else one
        for at, one in enumerate(first)
    ]
    return [*joined, (LOAD, 0, 0, 0), *second]  # the number of the call is the first word of what a filter sees


def search(steps: list[tuple[int, int]]) -> list[Instruction]:
    """A binary search among ``(number, verdict from there on)``, ascending. A jump longer than a byte is an error."""
    if len(steps) == 1:
        return [(RETURN, 0, 0, steps[0][1])]
    middle = len(steps) // 2
    low, high = search(steps[:middle]), search(steps[middle:])
    return [(JUMP_IF_AT_LEAST, len(low), 0, steps[middle][0]), *low, *high]


def allowed_names() -> list[str]:
    """Every name of the allow-list, in the order of the groups."""
    groups = (FILES, MEMORY, PROCESSES, SIGNALS_AND_TIME, WAITING_AND_TALKING, SYSTEM)
    return [name for group in groups for name in group.split()]


def _verdicts(sc: Any) -> dict[int, int]:
    """Number -> verdict, for every name that this libseccomp and machine know. What is missing does not exist."""
    verdicts = {}
    lists = (
        (allowed_names(), ALLOW),
        (REFUSED.split(), ERRNO | errno.EPERM),
        (UNSUPPORTED.split(), ERRNO | errno.EOPNOTSUPP),
    )
    for names, verdict in lists:
        for name in names:
            number = _number(sc, name)
            if number is not None:
                verdicts[number] = verdict
    return verdicts


def _steps(verdicts: dict[int, int]) -> list[tuple[int, int]]:
    """The numbers where the verdict changes, and to what."""
    steps = [(0, verdicts.get(0, ERRNO | errno.ENOSYS))]
    for number in range(1, max(verdicts) + 2):
        verdict = verdicts.get(number, ERRNO | errno.ENOSYS)
        if verdict != steps[-1][1]:
            steps.append((number, verdict))
    return steps


def _arguments(sc: Any, is_memory_walled: bool) -> Any:
    """Refusals by argument: namespace flags, socket families, terminal injection, reserving space."""
    program = sc.SyscallFilter(sc.ALLOW)
    program.set_attr(sc.Attr.ACT_BADARCH, sc.KILL_PROCESS)
    for flag in NAMESPACE_FLAGS:
        rule = sc.Arg(0, sc.MASKED_EQ, flag, flag)
        program.add_rule(sc.ERRNO(errno.EPERM), "clone", rule)
    highest = max(ALLOWED_FAMILIES)
    unsupported = sc.ERRNO(errno.EAFNOSUPPORT)
    for call in ("socket", "socketpair"):
        for family in set(range(highest)) - ALLOWED_FAMILIES:
            program.add_rule(unsupported, call, sc.Arg(0, sc.EQ, family))
        # AF_VSOCK is above: it is not confined by a network namespace and reaches the hypervisor.
        # A 64-bit comparison also refuses a family with rubbish in its upper half.
        program.add_rule(unsupported, call, sc.Arg(0, sc.GT, highest))
    # Routing is what getifaddrs() asks; the other netlink protocols are attack surface.
    netlink = sc.Arg(0, sc.EQ, AF_NETLINK)
    program.add_rule(unsupported, "socket", netlink, sc.Arg(2, sc.NE, 0))
    for request in (TIOCSTI, TIOCLINUX):
        # The kernel looks at 32 bits only, so must we.
        rule = sc.Arg(1, sc.MASKED_EQ, 0xFFFFFFFF, request)
        program.add_rule(sc.ERRNO(errno.EPERM), "ioctl", rule)
    program.add_rule(sc.ERRNO(errno.EOPNOTSUPP), "ioctl", sc.Arg(1, sc.MASKED_EQ, 0xFF00, XFS_IOCTLS))
    if not is_memory_walled:
        program.add_rule(sc.ERRNO(errno.ENOMEM), "shmget", sc.Arg(1, sc.GT, MOST_SEGMENT_BYTES))
        program.add_rule(sc.ERRNO(errno.ENOSPC), "semget", sc.Arg(1, sc.GT, MOST_SEMAPHORES))
    return program


def _number(sc: Any, name: str) -> int | None:
    try:
        number = int(sc.resolve_syscall(sc.system_arch(), name))
    except ValueError:
        return None
    return number if number >= 0 else None


def _exported(program: Any) -> list[Instruction]:
    with tempfile.TemporaryFile() as exported:
        program.export_bpf(exported)
        exported.seek(0)
        return [(int(a), int(b), int(c), int(d)) for a, b, c, d in struct.iter_unpack(INSTRUCTION, exported.read())]


def _sealed(code: bytes) -> int:
    fd = os.memfd_create("filter", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, code)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd
