"""One function per service: its WSGI application, with its workers running as threads of the same process.

RPC over `fake:/` reaches all threads of a process, because oslo.messaging keeps those exchanges at the class
(https://docs.openstack.org/oslo.messaging/latest/reference/transports.html), so API and workers must share one.
"""

from __future__ import annotations

import os
import sys

RUNNING: list[object] = []
"""Workers, whose periodic tasks (the report that they are up, for one) end when nobody refers to them."""


def start(worker) -> None:
    worker.start()
    RUNNING.append(worker)


def with_configuration(name: str, *files: str) -> None:
    """OpenStack's entry points read their options from the command line."""
    sys.argv = [name] + [part for file in files for part in ("--config-file", file)]


def keystone(folder: str):
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = folder
    with_configuration("keystone", f"{folder}/keystone.conf")
    from keystone.server import wsgi

    return wsgi.initialize_public_application()


def placement(folder: str):
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = folder
    with_configuration("placement")
    from placement import wsgi

    return wsgi.init_application()


def glance(folder: str):
    os.environ["OS_GLANCE_CONFIG_DIR"] = folder
    with_configuration("glance")
    from glance.common import wsgi_app

    return wsgi_app.init_app()


def neutron(folder: str):
    with_configuration("neutron", f"{folder}/neutron.conf")
    from neutron import server
    from neutron.server import api

    return server.boot_server(api.api_server)


def octavia(folder: str):
    with_configuration("octavia")
    from octavia.api import app
    from octavia.common import config  # noqa: F401 - registers the options
    from oslo_config import cfg

    cfg.CONF.set_override("pool_timeout", None, "database")  # SQLite's NullPool refuses the option
    return app.setup_app(argv=["octavia", "--config-file", f"{folder}/octavia.conf"])


def nova(folder: str):
    os.environ["OS_NOVA_CONFIG_DIR"] = folder
    with_configuration("nova")
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    from nova.api.openstack import wsgi_app

    app = wsgi_app.init_application("osapi_compute", "nova-api")

    import bed.drivers.compute

    sys.modules["nova.virt.bed"] = bed.drivers.compute  # compute_driver is looked up below nova.virt
    from nova import context, objects, service
    from nova.compute import rpcapi as compute
    from nova.conductor import rpcapi as conductor
    from nova.objects import host_mapping
    from nova.scheduler import rpcapi as scheduler
    from nova.servicegroup import api as presence

    presence.INITIAL_REPORTING_DELAY = 0  # else the first server finds no host for five seconds
    workers = (
        ("nova-conductor", conductor.RPC_TOPIC),
        ("nova-scheduler", scheduler.RPC_TOPIC),
        ("nova-compute", compute.RPC_TOPIC),
    )
    for binary, topic in workers:
        start(service.Service.create(binary=binary, topic=topic))
    objects.register_all()
    host_mapping.discover_hosts(context.get_admin_context(), status_fn=lambda *_: None)
    return app


def cinder(folder: str):
    os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "true"
    with_configuration("cinder", f"{folder}/cinder.conf")
    from cinder import monkey_patch

    monkey_patch.patch(backend="threading")
    from cinder.wsgi import wsgi

    app = wsgi.initialize_application()
    import os_brick
    from cinder import service
    from oslo_config import cfg

    os_brick.setup(cfg.CONF)
    service.Service.report_state = report_cinder_worker
    start(service.Service.create(binary="cinder-scheduler"))
    cfg.CONF.register_opt(cfg.StrOpt("backend_host"), group="bed")
    host = f"{cfg.CONF.host}@bed"
    start(service.Service.create(host=host, service_name="bed", binary="cinder-volume", coordination=True))
    without_devices(f"{folder}/cinder.conf")
    start(service.Service.create(binary="cinder-backup", coordination=True, process_number=1))
    return app


def report_cinder_worker(worker) -> None:
    """Cinder's own report keeps the worker's id at the class: of several in one process only the last would be up."""
    from cinder import context, objects

    row = objects.Service.get_by_args(context.get_admin_context(), worker.host, worker.binary)
    row.report_count += 1
    row.save(retry=False)


def without_devices(file: str) -> None:
    """A backup attaches its volume to the machine it runs on. Here nothing is attached, and a file is opened instead."""
    from cinder.backup import manager
    from cinder.volume import volume_utils

    volume_utils.brick_get_connector_properties = lambda *_args, **_kwargs: {}  # asks for root
    manager.BackupManager._attach_device = lambda *_args, **_kwargs: {"device": {"path": file}}
    manager.BackupManager._detach_device = lambda *_args, **_kwargs: None


def heat(folder: str):
    with_configuration("heat", f"{folder}/heat.conf")
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    os.environ["OS_HEAT_CONFIG_DIR"] = folder
    from heat.api.openstack import wsgi

    app = wsgi.init_application()
    from heat.common import messaging
    from heat.engine import service as engine
    from heat.rpc import api
    from oslo_config import cfg

    messaging.setup()
    start(engine.EngineService(cfg.CONF.host, api.ENGINE_TOPIC))
    return app


BY_NAME = {
    "keystone": keystone,
    "placement": placement,
    "glance": glance,
    "neutron": neutron,
    "octavia": octavia,
    "nova": nova,
    "cinder": cinder,
    "heat": heat,
}
