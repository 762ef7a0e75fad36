"""SQLite under many threads."""

from __future__ import annotations


def tune() -> None:
    """For every engine that any service makes: readers beside a writer, no fsync, patience."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def _pragmas(connection, _record):
        cursor = connection.cursor()
        for pragma in ("busy_timeout=30000", "synchronous=OFF", "journal_mode=WAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def writers_first() -> None:
    """A writer takes the write lock at BEGIN, so that it waits instead of failing half way.

    oslo.db emits a deferred BEGIN. When two such transactions read and then write, SQLite fails one of them with "database is
    locked" at once, whatever the busy timeout (https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions).
    """
    from oslo_db.sqlalchemy import enginefacade
    from sqlalchemy import event, orm

    create_session = enginefacade._TransactionFactory._create_session

    def create(self, mode, bind=None):
        session = create_session(self, mode, bind=bind)
        session.info["reads_only"] = mode is not enginefacade._WRITER
        return session

    enginefacade._TransactionFactory._create_session = create

    @event.listens_for(orm.Session, "after_begin")
    def _immediate(session, transaction, connection):
        if transaction.nested or session.info.get("reads_only"):
            return
        raw = connection.connection.dbapi_connection
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raw.execute("BEGIN IMMEDIATE")
