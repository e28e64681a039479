"""Makes a database of today's version one of an older version: its tables as they were, its rows kept."""

import sqlite3


def downgrade(connection: sqlite3.Connection, version: int) -> None:
    statements = ["DROP INDEX articles_as_they_were"]
    if version < 4:
        statements += _before_fourth()
    if version == 3:
        statements += ["ALTER TABLE removed DROP COLUMN ocr", "ALTER TABLE removed DROP COLUMN pages"]
    elif version < 3:
        statements += _before_third()
    if version == 1:
        statements += [
            "DROP TRIGGER passage_gone",
            "DROP TABLE gone",
            "DROP INDEX articles_by_date",
            "CREATE VIRTUAL TABLE terms USING fts5(title, body, content='')",
        ]
    for statement in ["BEGIN IMMEDIATE", *statements, f"PRAGMA user_version = {version}", "COMMIT"]:
        connection.execute(statement)


def _before_fourth() -> list[str]:
    columns = ["ALTER TABLE articles DROP COLUMN ocr", "ALTER TABLE articles DROP COLUMN pages"]
    return ["DROP TABLE by_hand", "DROP TABLE pages", "DROP TABLE feeds", *columns]


def _before_third() -> list[str]:
    return [
        *(
            f"DROP TRIGGER {what}_{how}"
            for what in ("article", "passage")
            for how in ("counted", "discounted")
        ),
        "DROP TABLE removed_passages",
        "DROP TABLE removed",
        "ALTER TABLE articles DROP COLUMN checksum",
        "ALTER TABLE passages DROP COLUMN checksum",
        "ALTER TABLE passages DROP COLUMN vector_checksum",
        "DELETE FROM meta WHERE key IN ('articles', 'passages', 'settings')",
    ]
