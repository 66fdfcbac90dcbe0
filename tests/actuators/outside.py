"""What a runner has beside its sandboxes, for the tests: the ways out of them."""

import shlex

from actuators.outbound.egress import Egress

HOSTS = ("site.test", "*.wild.test")


class Outside:
    """What a runner has beside its sandboxes: the ways out, on the same loop, and servers that they lead to."""

    def __init__(self, house, **options):
        self.house = house
        self.egress = house.do(self._made(options))
        self.log = []

    async def _made(self, options):
        return Egress(self.house.sandboxes.sockets, **options)

    def uid(self, account):
        return self.house.account(account).host_uid

    def run(self, command, hosts, wanted, *, account="a", **more):
        """A command of an account that may reach these hosts. Its outcome."""

        async def go():
            async with self.egress.way(account, hosts, wanted, self.uid(account)) as way:
                return await self.house.sandboxes.run(
                    command, workspace=self.house.account(account), egress=way, **more
                )

        return self.house.do(go())

    def close(self):
        self.house.do(self.egress.stop())


def python(text):
    return f"/usr/bin/python3 -I -c {shlex.quote(text)}"
