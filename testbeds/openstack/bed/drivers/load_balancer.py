"""Octavia provider: Octavia makes a real VIP port, and after a delay we report ACTIVE or DELETED, as a worker would.

It lives inside octavia-api: no worker, no driver agent. Each accepted request gets a thread that settles its load balancer.
"""

from __future__ import annotations

import logging
import threading
import time

from octavia.api.drivers.driver_agent import driver_updater
from octavia.common import utils
from octavia.db import api as db_api
from octavia.db import models, repositories
from octavia_lib.api.drivers import provider_base

from bed import faults

LOG = logging.getLogger(__name__)
SHORTEST_DELAY = 0.2
ONE_AT_A_TIME = threading.Lock()


class Driver(provider_base.ProviderDriver):
    def _later(self, request, *_):
        threading.Thread(target=settle, args=(balancer_of(request),), daemon=True).start()

    # An update gets the old and the new object; the old one knows its parents.
    loadbalancer_create = loadbalancer_update = loadbalancer_failover = _later
    listener_create = listener_update = listener_delete = _later
    pool_create = pool_update = pool_delete = _later
    member_create = member_update = member_delete = _later
    health_monitor_create = health_monitor_update = health_monitor_delete = _later
    l7policy_create = l7policy_update = l7policy_delete = _later
    l7rule_create = l7rule_update = l7rule_delete = _later

    def loadbalancer_delete(self, loadbalancer, cascade=False):
        self._later(loadbalancer)

    def member_batch_update(self, pool_id, members):
        threading.Thread(target=settle, args=(_one(models.Pool, pool_id).load_balancer_id,), daemon=True).start()

    def get_supported_flavor_metadata(self):
        return {}

    def validate_flavor(self, flavor_metadata):
        return

    def get_supported_availability_zone_metadata(self):
        return {}

    def validate_availability_zone(self, availability_zone_metadata):
        return


def _one(model, key):
    session = db_api.get_session()
    with session.begin():
        row = session.query(model).filter_by(id=key).one()
        session.expunge(row)
        return row


def balancer_of(request) -> str:
    """Through the parents: the row of the request itself is not committed when a driver is called."""

    def given(name):
        value = getattr(request, name, None)
        return value if isinstance(value, str) else None

    if given("loadbalancer_id"):
        return request.loadbalancer_id
    if given("pool_id"):
        return _one(models.Pool, request.pool_id).load_balancer_id
    listener = given("listener_id") or _one(models.L7Policy, request.l7policy_id).listener_id
    return _one(models.Listener, listener).load_balancer_id


def settle(balancer_id: str) -> None:
    time.sleep(max(SHORTEST_DELAY, faults.seconds("octavia", "delay", 1.0)))
    try:
        session = db_api.get_session()
        with session.begin():
            name = repositories.LoadBalancerRepository().get(session, id=balancer_id).name
        faults.hang("octavia", "hold", name, balancer_id)
        with ONE_AT_A_TIME:
            report(balancer_id, failed=faults.hits("octavia", "error", name, balancer_id))
    except Exception:
        LOG.exception("load balancer %s did not settle", balancer_id)


def report(balancer_id: str, failed: bool) -> None:
    session = db_api.get_session()
    with session.begin():
        balancer = repositories.LoadBalancerRepository().get(session, id=balancer_id)
    if balancer.provisioning_status == "PENDING_CREATE" and not failed:
        protect_vip(balancer)
    dying = balancer.provisioning_status == "PENDING_DELETE"
    rows: dict[str, list[dict[str, str]]] = {
        kind: []
        for kind in ("loadbalancers", "listeners", "pools", "members", "healthmonitors", "l7policies", "l7rules")
    }
    for kind, part in parts_of(balancer):
        status = part.provisioning_status
        if (dying or status == "PENDING_DELETE") and not failed:
            rows[kind].append({"id": part.id, "provisioning_status": "DELETED"})
        elif status.startswith("PENDING"):
            rows[kind].append(
                {
                    "id": part.id,
                    "provisioning_status": "ERROR" if failed else "ACTIVE",
                    "operating_status": "ERROR" if failed else "ONLINE",
                }
            )
    answer = driver_updater.DriverUpdater().update_loadbalancer_status(rows)
    if answer.get("status_code") != 200:
        LOG.error("status of load balancer %s was refused: %s", balancer_id, answer)


def protect_vip(balancer) -> None:
    """As the amphora provider does: a security group lb-ID of the service's own project on the VIP port."""
    try:
        balancer.vip.load_balancer = balancer
        utils.get_network_driver().update_vip_sg(balancer, balancer.vip)
    except Exception:
        LOG.exception("no security group for the VIP of %s", balancer.id)


def parts_of(balancer):
    """Children first: with the load balancer's own row its children would vanish."""
    for pool in balancer.pools:
        yield from (("members", member) for member in pool.members)
        if pool.health_monitor:
            yield "healthmonitors", pool.health_monitor
        yield "pools", pool
    for listener in balancer.listeners:
        for policy in listener.l7policies:
            yield from (("l7rules", rule) for rule in policy.l7rules)
            yield "l7policies", policy
        yield "listeners", listener
    yield "loadbalancers", balancer
