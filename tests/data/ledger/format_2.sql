-- A history of format 2, as it was first released. It must load for ever: never change this file.
BEGIN TRANSACTION;
CREATE TABLE launches ( id INTEGER PRIMARY KEY AUTOINCREMENT, asked_at REAL NOT NULL, command TEXT NOT NULL, class TEXT, account TEXT, model TEXT, reason TEXT NOT NULL, state TEXT NOT NULL, ended_at REAL, pid INTEGER, holder TEXT, unknown_opens INTEGER NOT NULL DEFAULT 0, spread REAL NOT NULL DEFAULT 0, passed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "launches" VALUES(1,1795302650.0,'claude','batch','work','Opus','session_threshold','refused',NULL,4121,NULL,1,0.5,0);
INSERT INTO "launches" VALUES(2,1795302651.0,'claude -p hello',NULL,NULL,NULL,'manual_pause','released',1795302710.5,4122,'aa',0,0.25,1);
INSERT INTO "launches" VALUES(3,1795302652.0,'make',NULL,NULL,NULL,'manual_pause','given_up',1795302720.0,4123,'bb',1,0.75,0);
INSERT INTO "launches" VALUES(4,1795302653.0,'codex',NULL,NULL,NULL,'gate_unknown','waiting',NULL,4124,'cc',0,0.0,0);
CREATE TABLE samples ( account TEXT NOT NULL, window_id TEXT NOT NULL, observed_at REAL NOT NULL, source TEXT NOT NULL, label TEXT NOT NULL, used REAL, resets_at REAL, PRIMARY KEY (account, window_id, observed_at, source)) WITHOUT ROWID;
INSERT INTO "samples" VALUES('default','session',1795302650.0,'oauth_usage','5-hour session',0.91,1795312800.0);
CREATE INDEX launches_by_time ON launches (asked_at);
CREATE INDEX launches_by_end ON launches (state, ended_at);
COMMIT;
PRAGMA user_version = 2;
