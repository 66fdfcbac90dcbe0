"""The seccomp filter as a program: run here, instruction by instruction, on calls that nobody could make safely."""

import errno
import os
import struct

import pytest

from actuators.sandbox import seccomp

pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
X86_64, I386 = 0xC000003E, 0x40000003
KILL = 0x80000000
EPERM, ENOSYS, EAFNOSUPPORT, EOPNOTSUPP = (
    seccomp.ERRNO | code for code in (errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT, errno.EOPNOTSUPP)
)
CLONE, SOCKET, SOCKETPAIR, IOCTL = 56, 41, 53, 16


@pytest.fixture(scope="module")
def program():
    fd = seccomp.build_filter(is_memory_walled=True)
    code = os.pread(fd, 1 << 16, 0)
    os.close(fd)
    return list(struct.iter_unpack("=HBBI", code))


def verdict(program, number, *arguments, arch=X86_64):
    """What the kernel would answer: an interpreter of the instructions that libseccomp and we use."""
    seen = struct.pack("=IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    accumulator = at = 0
    while True:
        code, jump_true, jump_false, operand = program[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", seen, operand)
        elif code == 0x05:
            at += operand
        elif code == 0x54:
            accumulator &= operand
        else:
            holds = {0x15: accumulator == operand, 0x25: accumulator > operand, 0x35: accumulator >= operand}[code]
            at += jump_true if holds else jump_false


def numbers(names):
    sc = pytest.importorskip("pyseccomp")
    found = (sc.resolve_syscall(sc.system_arch(), name) for name in names if knows(sc, name))
    return {number for number in found if number >= 0}


def knows(sc, name):
    try:
        sc.resolve_syscall(sc.system_arch(), name)
    except ValueError:
        return False
    return True


def test_every_number_has_the_verdict_of_its_list(program):
    lists = {seccomp.ALLOW: seccomp.allowed_names(), EPERM: seccomp.REFUSED.split(), EOPNOTSUPP: ["fallocate"]}
    expected = {number: answer for answer, names in lists.items() for number in numbers(names)}
    assert len(expected) == sum(len(numbers(names)) for names in lists.values()) > 300  # on one list only
    for number in (*range(4096), 0x3FFFFFFF, 0xFFFFFFFF):
        assert verdict(program, number, 1) == expected.get(number, ENOSYS), number  # 1: an ordinary socket's family


def test_foreign_abis_kill(program):
    for number in (0, 39, CLONE, 4095):
        assert verdict(program, number, arch=I386) == KILL
        assert verdict(program, number | 0x40000000) == KILL  # x32


def test_namespace_flags_are_refused_in_every_combination(program):
    for flag in seccomp.NAMESPACE_FLAGS:
        for other in (0, 17, 0x00010F00, *seccomp.NAMESPACE_FLAGS):
            assert verdict(program, CLONE, flag | other) == EPERM
    assert verdict(program, CLONE, 0x003D0F00) == seccomp.ALLOW  # a thread
    assert verdict(program, CLONE, 0x01200011) == seccomp.ALLOW  # a fork


@pytest.mark.parametrize("call", [SOCKET, SOCKETPAIR])
def test_only_ordinary_socket_families_exist(program, call):
    for family in (*range(64), 1 << 31, *((high << 32) | low for high in (1, 1 << 31) for low in (1, 2, 16, 40))):
        expected = seccomp.ALLOW if family in seccomp.ALLOWED_FAMILIES else EAFNOSUPPORT
        assert verdict(program, call, family, 1, 0) == expected, family


def test_only_routing_is_asked_of_netlink(program):
    assert verdict(program, SOCKET, 16, 3, 0) == seccomp.ALLOW
    for protocol in (*range(1, 32), 1 << 32):
        assert verdict(program, SOCKET, 16, 3, protocol) == EAFNOSUPPORT


def test_terminal_injection_is_refused_whatever_the_upper_half_says(program):
    for request in (seccomp.TIOCSTI, seccomp.TIOCLINUX):
        for upper in (0, 1, 1 << 31):
            assert verdict(program, IOCTL, 0, upper << 32 | request) == EPERM
    assert verdict(program, IOCTL, 0, 0x5401) == seccomp.ALLOW


def test_space_cannot_be_reserved_by_an_ioctl_either(program):
    reserving = (0x40305828, 0x4030582A, 0x40305839, 0x4030580A, 0x401C5820)  # RESVSP, ZERO_RANGE, ALLOCSP, FSSETXATTR
    for request in reserving:
        for upper in (0, 1, 1 << 31):
            assert verdict(program, IOCTL, 0, upper << 32 | request) == EOPNOTSUPP
    for request in (
        0x40049409,
        0x5401,
        0x541B,
        0x80086601,
    ):  # clone, terminal, bytes to be read, lsattr
        assert verdict(program, IOCTL, 0, request) == seccomp.ALLOW


def test_program_is_short(program):
    assert len(program) < 260  # the kernel compiles it twice for each sandbox


def test_jump_too_long_for_a_byte_is_an_error():
    code = seccomp.search([(number, number) for number in range(1000)])
    with pytest.raises(struct.error):
        [struct.pack(seccomp.INSTRUCTION, *one) for one in code]
