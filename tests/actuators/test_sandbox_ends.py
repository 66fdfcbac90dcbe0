"""How sandboxes end: the launcher dies, or the runner stops."""

import asyncio
import os
import signal

import pytest

from actuators.sandbox import SandboxUnavailable


def test_death_of_the_launcher_fails_the_run_and_the_next_one_works(new_house):
    house = new_house()

    async def kill_launcher():
        run = asyncio.ensure_future(house.sandboxes.run("sleep 20", workspace=house.account("a")))
        await asyncio.sleep(0.2)
        os.kill(house.sandboxes._launcher.pid, signal.SIGKILL)
        with pytest.raises(SandboxUnavailable, match="died"):
            await run

    house.do(kill_launcher())
    assert house.run("echo risen").stdout == "risen\n"


def test_stop_ends_running_commands_as_cancelled(new_house):
    house = new_house()

    async def stop_midway():
        run = asyncio.ensure_future(house.sandboxes.run("sleep 20", workspace=house.account("a")))
        await asyncio.sleep(0.1)
        await house.sandboxes.stop()
        return await run

    assert house.do(stop_midway()).killed == "cancelled"
    with pytest.raises(SandboxUnavailable, match="not started"):
        house.run("true")
