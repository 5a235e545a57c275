-- What steps wait for and remember. A note belongs to its run: it is partitioned as documents are and leaves with them.

CREATE TABLE engine_note (
  run_id uuid NOT NULL,
  step text NOT NULL,
  iteration text NOT NULL DEFAULT '',
  tenant_id uuid NOT NULL,
  due_at timestamptz,
  port text NOT NULL DEFAULT '',
  is_called boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, step, iteration)
) PARTITION BY RANGE (run_id);
-- Answers that their runs have not heard yet.
CREATE INDEX engine_note_called ON engine_note (run_id) WHERE is_called;
CREATE TABLE engine_note_default PARTITION OF engine_note DEFAULT;

CREATE TABLE engine_seen (
  key bytea PRIMARY KEY,
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  iteration text NOT NULL DEFAULT '',
  expires_at timestamptz NOT NULL
);
CREATE INDEX engine_seen_expires ON engine_seen (expires_at);

CREATE TABLE engine_approval (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  run_id uuid NOT NULL,
  decided_by uuid,
  asked_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL,
  decided_at timestamptz,
  told_at timestamptz,
  step text NOT NULL,
  iteration text NOT NULL DEFAULT '',
  title text NOT NULL,
  roles text[] NOT NULL,
  people text[] NOT NULL,
  decision text NOT NULL DEFAULT '' CHECK (decision IN ('', 'approved', 'rejected', 'expired')),
  decided_label text NOT NULL DEFAULT '',
  body bytea,
  comment bytea,
  UNIQUE (run_id, step, iteration),
  CHECK ((decision = '') = (decided_at IS NULL))
);
CREATE INDEX engine_approval_tenant ON engine_approval (tenant_id, id);
CREATE INDEX engine_approval_open ON engine_approval (tenant_id, due_at) WHERE decision = '';
CREATE INDEX engine_approval_untold ON engine_approval (id) WHERE told_at IS NULL AND decision = '';

CREATE TABLE engine_collection (
  id uuid PRIMARY KEY,
  key uuid NOT NULL UNIQUE,
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  version_id uuid NOT NULL,
  step text NOT NULL,
  count integer NOT NULL DEFAULT 0,
  size_bytes bigint NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL
);
CREATE INDEX engine_collection_due ON engine_collection (due_at);

CREATE TABLE engine_collected (
  collection_id uuid NOT NULL REFERENCES engine_collection (id) ON DELETE CASCADE,
  number integer NOT NULL,
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  body bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (collection_id, number)
);

-- A run that goes on with a list has no request of its own.
ALTER TABLE engine_run DROP CONSTRAINT engine_run_origin_check;
ALTER TABLE engine_run ADD CONSTRAINT engine_run_origin_check CHECK (origin BETWEEN 1 AND 9) NOT VALID;
