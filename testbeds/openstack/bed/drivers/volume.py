"""Cinder drivers that store nothing: volumes with faults, backups with faults."""

from __future__ import annotations

import time

from cinder import exception
from cinder.backup import driver as backup_driver
from cinder.volume import driver as volume_driver

from bed import faults


class Volumes(volume_driver.VolumeDriver):
    VERSION = "1.0"
    CI_WIKI_NAME = "cleardown"

    def check_for_setup_error(self):
        pass

    def get_volume_stats(self, refresh=False):
        pool = {
            "pool_name": "bed",
            "total_capacity_gb": 100_000,
            "free_capacity_gb": 100_000,
            "reserved_percentage": 0,
            "multiattach": True,
            "thin_provisioning_support": False,
        }
        return {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name"),
            "vendor_name": "cleardown",
            "driver_version": self.VERSION,
            "storage_protocol": "fake",
            "pools": [pool],
        }

    def _create(self, volume, *_):
        time.sleep(faults.seconds("cinder", "create_delay"))
        if faults.hits("cinder", "create_error", volume.id, volume.display_name):
            raise exception.VolumeBackendAPIException(data="staged by the bed")

    create_volume = create_volume_from_snapshot = create_cloned_volume = _create

    def _delete(self, volume):
        time.sleep(faults.seconds("cinder", "delete_delay"))
        faults.hang("cinder", "delete_hang", volume.id, volume.display_name)
        if faults.hits("cinder", "delete_error", volume.id, volume.display_name):
            raise exception.VolumeBackendAPIException(data="staged by the bed")

    delete_volume = delete_snapshot = _delete

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        return {}, True  # a bootable volume without moving a byte

    def create_snapshot(self, snapshot):
        pass

    def extend_volume(self, volume, new_size):
        pass

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {"driver_volume_type": "fake", "data": {"volume_id": volume.id}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass


class Backups(backup_driver.BackupDriver):
    def check_for_setup_error(self):
        pass

    def backup(self, backup, volume_file, backup_metadata=False):
        time.sleep(faults.seconds("cinder", "backup_delay"))
        faults.hang("cinder", "backup_hang", backup.id, backup.display_name)
        if faults.hits("cinder", "backup_error", backup.id, backup.display_name):
            raise exception.BackupDriverException(reason="staged by the bed")

    def restore(self, backup, volume_id, volume_file, volume_is_new):
        pass

    def delete_backup(self, backup):
        time.sleep(faults.seconds("cinder", "delete_delay"))
        faults.hang("cinder", "delete_hang", backup.id, backup.display_name)
        if faults.hits("cinder", "delete_error", backup.id, backup.display_name):
            raise exception.BackupDriverException(reason="staged by the bed")

    def export_record(self, backup):
        return {}

    def import_record(self, backup, driver_info):
        pass
