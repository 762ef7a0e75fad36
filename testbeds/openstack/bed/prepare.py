"""`python -m bed.prepare SERVICE FOLDER`: the tables of one service, and the rows without which it does not start.

Writes a word to file descriptor 3 when all is done.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import uuid
from configparser import RawConfigParser
from pathlib import Path

from bed.leash import end_with_stdin

PROGRAMS = Path(sys.executable).parent
DONE = 3  # file descriptor
FILES = {"glance": "glance-api"}  # the only name under which its server looks for it


class Preparation:
    def __init__(self, name: str, folder: str) -> None:
        self.file = f"{folder}/{FILES.get(name, name)}.conf"
        self.settings = RawConfigParser(strict=False)
        self.settings.read(self.file)

    def manage(self, program: str, *arguments: str) -> None:
        # Through the interpreter: a script's first line still names the folder in which the environment was made.
        command = [sys.executable, PROGRAMS / program, "--config-file", self.file, *arguments]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    def engine(self):
        import sqlalchemy

        return sqlalchemy.create_engine(self.settings.get("database", "connection"))

    def keystone(self) -> None:
        self.manage("keystone-manage", "db_sync")
        # `keystone-manage fernet_setup` wants to know a user to give the files to; they are two random keys.
        for section in ("fernet_tokens", "credential"):
            folder = Path(self.settings.get(section, "key_repository"))
            folder.mkdir(parents=True)
            for number in ("0", "1"):
                (folder / number).write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
        interfaces = ("public", "internal", "admin")
        urls = [part for name in interfaces for part in (f"--bootstrap-{name}-url", os.environ["BED_KEYSTONE"])]
        self.manage(
            *("keystone-manage", "bootstrap", "--bootstrap-region-id", "RegionOne"),
            *("--bootstrap-password", os.environ["BED_PASSWORD"], *urls),
        )

        self.certificate(folder.parent / "tls")

    def certificate(self, folder: Path) -> None:
        """Self-signed, for the loopback."""
        import datetime
        import ipaddress

        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cleardown test bed")])
        now = datetime.datetime.now(datetime.timezone.utc)
        addresses = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
        certificate = (
            x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=3650))
            .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        folder.mkdir()
        (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        (folder / "key.pem").write_bytes(pem)

    def placement(self) -> None:
        os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(Path(self.file).parent)
        self.manage("placement-manage", "db", "sync")

    def glance(self) -> None:
        self.manage("glance-manage", "db_sync")

    def cinder(self) -> None:
        self.manage("cinder-manage", "db", "sync")

    def heat(self) -> None:
        self.manage("heat-manage", "db_sync")

    def neutron(self) -> None:
        """neutron-db-manage alters constraints, which SQLite cannot: the tables of the newest models instead."""
        from neutron.db.migration.models import head

        tables, engine = head.get_metadata(), self.engine()
        tables.create_all(engine)
        # The one migration that writes rows: without these a new security group has no rules at all.
        attributes, rules = tables.tables["standardattributes"], tables.tables["securitygroupdefaultrules"]
        with engine.begin() as connection:
            for direction, remote in (("egress", None), ("ingress", "PARENT")):
                for ether in ("IPv4", "IPv6"):
                    attribute = attributes.insert().values(resource_type="securitygroupdefaultrules", revision_number=0)
                    rule = rules.insert().values(
                        id=str(uuid.uuid4()),
                        standard_attr_id=connection.execute(attribute).inserted_primary_key[0],
                        direction=direction,
                        ethertype=ether,
                        remote_group_id=remote,
                        used_in_default_sg=True,
                        used_in_non_default_sg=direction == "egress",
                    )
                    connection.execute(rule)

    def octavia(self) -> None:
        """Octavia's migrations do not run on SQLite either; its lookup tables are filled from its constants."""
        from octavia.common import constants
        from octavia.db import base_models, models
        from sqlalchemy.orm import Session

        engine = self.engine()
        base_models.BASE.metadata.create_all(engine)
        lookups = (
            (constants.SUPPORTED_PROVISIONING_STATUSES, models.ProvisioningStatus),
            (constants.SUPPORTED_OPERATING_STATUSES, models.OperatingStatus),
            (constants.SUPPORTED_HEALTH_MONITOR_TYPES, models.HealthMonitorType),
            (constants.SUPPORTED_LB_ALGORITHMS, models.Algorithm),
            (constants.SUPPORTED_PROTOCOLS, models.Protocol),
            (constants.SUPPORTED_SP_TYPES, models.SessionPersistenceType),
            (constants.SUPPORTED_AMPHORA_ROLES, models.AmphoraRoles),
            (constants.SUPPORTED_LB_TOPOLOGIES, models.LBTopology),
            (constants.SUPPORTED_VRRP_AUTH, models.VRRPAuthMethod),
            (constants.SUPPORTED_L7RULE_TYPES, models.L7RuleType),
            (constants.SUPPORTED_L7RULE_COMPARE_TYPES, models.L7RuleCompareType),
            (constants.SUPPORTED_L7POLICY_ACTIONS, models.L7PolicyAction),
            (constants.SUPPORTED_CLIENT_AUTH_MODES, models.ClientAuthenticationMode),
        )
        with Session(engine) as session:
            for names, model in lookups:
                session.add_all([model(name=name) for name in names])
            session.commit()

    def nova(self) -> None:
        cell = self.settings.get("database", "connection")
        self.manage("nova-manage", "api_db", "sync")
        cell0 = cell.replace("nova.sqlite", "nova_cell0.sqlite")
        self.manage("nova-manage", "cell_v2", "map_cell0", "--database_connection", cell0)
        self.manage("nova-manage", "db", "sync")
        self.manage("nova-manage", "cell_v2", "create_cell", "--name", "cell1")


if __name__ == "__main__":
    end_with_stdin()
    service, configuration = sys.argv[1:3]
    getattr(Preparation(service, configuration), service)()
    os.write(DONE, b"done")
