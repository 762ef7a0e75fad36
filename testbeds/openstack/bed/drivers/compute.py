"""Nova's own fake hypervisor, with faults. Known to nova as nova.virt.bed, see bed.services."""

from __future__ import annotations

import time

from nova import exception
from nova.virt import fake

from bed import faults


class Driver(fake.FakeDriverWithoutFakeNodes):
    def spawn(self, context, instance, *args, **kwargs):
        names = (instance.display_name, instance.uuid)
        time.sleep(faults.seconds("nova", "spawn_delay"))
        faults.hang("nova", "spawn_hang", *names)
        if faults.hits("nova", "spawn_error", *names):
            raise exception.InstanceDeployFailure(reason="staged by the bed")
        return super().spawn(context, instance, *args, **kwargs)

    def destroy(self, context, instance, *args, **kwargs):
        names = (instance.display_name, instance.uuid)
        time.sleep(faults.seconds("nova", "destroy_delay"))
        faults.hang("nova", "destroy_hang", *names)
        if faults.hits("nova", "destroy_error", *names):
            raise exception.InstanceTerminationFailure(reason="staged by the bed")
        return super().destroy(context, instance, *args, **kwargs)
