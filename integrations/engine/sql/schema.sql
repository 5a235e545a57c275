-- The engine's tables. Run, document and attempt are partitioned by ranges of the run id: a UUIDv7 begins with its time,
-- so that a run, its documents and its attempts leave together and no other key is needed to find them.
-- The default partitions keep an insert from ever failing; partitions.py makes the real ones ahead of time.

CREATE TABLE engine_run (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  version_id uuid NOT NULL,
  batch_id uuid,
  replay_id uuid,
  waits_for uuid,
  error_destination uuid,
  lease_id bigint,
  ordering_key bigint,
  reply_to bigint,
  downstream_us bigint NOT NULL DEFAULT 0,
  parked_us bigint NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  accepted_at timestamptz NOT NULL,
  finished_at timestamptz,
  expires_at timestamptz,
  fence integer NOT NULL DEFAULT 0,
  ledger_from integer NOT NULL DEFAULT 0,
  batch_number integer,
  size_bytes integer NOT NULL DEFAULT 0,
  state smallint NOT NULL CHECK (state BETWEEN 1 AND 8),
  lane smallint NOT NULL CHECK (lane BETWEEN 1 AND 5),
  mode smallint NOT NULL CHECK (mode BETWEEN 1 AND 2),
  origin smallint NOT NULL CHECK (origin BETWEEN 1 AND 4),
  crash_count smallint NOT NULL DEFAULT 0,
  input_kind smallint NOT NULL DEFAULT 1,
  billable boolean NOT NULL DEFAULT true,
  skip_dead boolean NOT NULL DEFAULT false,
  resume boolean NOT NULL DEFAULT false,
  cancel_asked boolean NOT NULL DEFAULT false,
  held boolean NOT NULL DEFAULT false,
  waiting text NOT NULL DEFAULT '',
  dead_reason text NOT NULL DEFAULT '',
  error_code text NOT NULL DEFAULT '',
  error_step text NOT NULL DEFAULT '',
  error_message text NOT NULL DEFAULT '',
  CHECK (state <> 2 OR lease_id IS NOT NULL),
  CHECK (state NOT IN (5, 6, 7, 8) OR finished_at IS NOT NULL)
) PARTITION BY RANGE (id);

-- Rows that somebody must look at when `due_at` comes: a ready run, a lease that runs out, a wait that is over.
CREATE INDEX engine_run_due ON engine_run (due_at) WHERE state IN (1, 2, 3);
-- Lists of one tenant, newest first.
CREATE INDEX engine_run_tenant ON engine_run (tenant_id, id);
-- The failed ones: dead letters, in doubt; also the automatic redrive and the block of an ordered key.
CREATE INDEX engine_run_failed ON engine_run (tenant_id, id) WHERE state IN (4, 6);
CREATE INDEX engine_run_parked ON engine_run (waits_for, id) WHERE waits_for IS NOT NULL;
-- The head of an ordering key.
CREATE INDEX engine_run_order ON engine_run (ordering_key, id) WHERE ordering_key IS NOT NULL AND state IN (1, 2, 3, 4, 6);
CREATE INDEX engine_run_batch ON engine_run (batch_id, state) WHERE batch_id IS NOT NULL;
CREATE INDEX engine_run_replay ON engine_run (replay_id, state) WHERE replay_id IS NOT NULL;

CREATE TABLE engine_document (
  run_id uuid NOT NULL,
  kind smallint NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  body bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (run_id, kind)
) PARTITION BY RANGE (run_id);

CREATE TABLE engine_attempt (
  run_id uuid NOT NULL,
  ordinal integer NOT NULL,
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  destination uuid,
  started_at timestamptz NOT NULL,
  duration_us integer NOT NULL DEFAULT 0,
  number smallint NOT NULL,
  outcome smallint NOT NULL CHECK (outcome BETWEEN 0 AND 5),
  status smallint NOT NULL DEFAULT 0,
  step text NOT NULL,
  iteration text NOT NULL DEFAULT '',
  connector text NOT NULL DEFAULT '',
  operation text NOT NULL DEFAULT '',
  error_code text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  exchange bytea STORAGE EXTERNAL,
  PRIMARY KEY (run_id, ordinal)
) PARTITION BY RANGE (run_id);
-- The roll-up of latency reads a minute at a time; rows arrive in time order, so a BRIN index is almost free.
CREATE INDEX engine_attempt_started ON engine_attempt USING brin (started_at) WITH (pages_per_range = 16);

CREATE TABLE engine_run_default PARTITION OF engine_run DEFAULT;
CREATE TABLE engine_document_default PARTITION OF engine_document DEFAULT;
CREATE TABLE engine_attempt_default PARTITION OF engine_attempt DEFAULT;

CREATE TABLE engine_idempotency (
  key bytea PRIMARY KEY,
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  body bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX engine_idempotency_created ON engine_idempotency USING brin (created_at);

CREATE TABLE engine_batch (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  version_id uuid NOT NULL,
  name text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('receiving', 'received', 'splitting', 'split', 'rejected')),
  size_bytes bigint NOT NULL DEFAULT 0,
  chunks integer NOT NULL DEFAULT 0,
  said integer,
  records integer NOT NULL DEFAULT 0,
  split integer NOT NULL DEFAULT 0,
  fence integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  error_code text NOT NULL DEFAULT '',
  error_message text NOT NULL DEFAULT '',
  error_place text NOT NULL DEFAULT '',
  received_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX engine_batch_tenant ON engine_batch (tenant_id, id);
CREATE INDEX engine_batch_open ON engine_batch (received_at) WHERE state IN ('receiving', 'received', 'splitting');

CREATE TABLE engine_batchchunk (
  batch_id uuid NOT NULL REFERENCES engine_batch (id) ON DELETE CASCADE,
  number integer NOT NULL,
  tenant_id uuid NOT NULL,
  body bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (batch_id, number)
);

CREATE TABLE engine_breaker (
  destination uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  phase smallint NOT NULL,
  since timestamptz NOT NULL,
  probe_at timestamptz,
  probes integer NOT NULL DEFAULT 0,
  connector text NOT NULL DEFAULT ''
);

CREATE TABLE engine_replay (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  asked_by text NOT NULL DEFAULT '',
  chosen jsonb NOT NULL DEFAULT '{}',
  from_start boolean NOT NULL DEFAULT false,
  current_version boolean NOT NULL DEFAULT false,
  pace_per_s integer NOT NULL DEFAULT 0 CHECK (pace_per_s >= 0),
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped')),
  total integer NOT NULL DEFAULT 0,
  released integer NOT NULL DEFAULT 0,
  refused integer NOT NULL DEFAULT 0,
  cursor uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX engine_replay_tenant ON engine_replay (tenant_id, id);
CREATE INDEX engine_replay_running ON engine_replay (id) WHERE state = 'running';

CREATE TABLE engine_alert (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  destination uuid,
  code text NOT NULL,
  message text NOT NULL DEFAULT '',
  count integer NOT NULL DEFAULT 1,
  last_run_id uuid,
  first_at timestamptz NOT NULL DEFAULT now(),
  last_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  sent_count integer NOT NULL DEFAULT 0,
  closed_at timestamptz
);
CREATE UNIQUE INDEX engine_alert_open ON engine_alert (tenant_id, flow_id, destination, code) NULLS NOT DISTINCT
  WHERE closed_at IS NULL;
CREATE INDEX engine_alert_tenant ON engine_alert (tenant_id, id);

CREATE TABLE engine_schedule (
  flow_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  version_id uuid NOT NULL,
  step_key text NOT NULL,
  next_at timestamptz NOT NULL
);
CREATE INDEX engine_schedule_next ON engine_schedule (next_at);

-- Which workers live: limits that all workers share are divided by their number. Holds nothing of any tenant.
CREATE TABLE engine_worker (
  id bigint PRIMARY KEY,
  heard_at timestamptz NOT NULL DEFAULT now()
);
