-- A history of format 1, as it was first released. It must load for ever: never change this file.
BEGIN TRANSACTION;
CREATE TABLE samples ( account TEXT NOT NULL, window_id TEXT NOT NULL, observed_at REAL NOT NULL, source TEXT NOT NULL, label TEXT NOT NULL, used REAL, resets_at REAL, PRIMARY KEY (account, window_id, observed_at, source)) WITHOUT ROWID;
INSERT INTO "samples" VALUES('default','session',1795302650.0,'oauth_usage','5-hour session',0.91,1795312800.0);
INSERT INTO "samples" VALUES('default','session',1795302950.25,'oauth_usage','5-hour session',1.02,1795312800.0);
INSERT INTO "samples" VALUES('default','spend:extra',1795302650.0,'oauth_usage','Extra usage',NULL,NULL);
INSERT INTO "samples" VALUES('work','model:Opus',1795302650.0,'oauth_usage','Opus week',0.0,NULL);
COMMIT;
PRAGMA user_version = 1;
