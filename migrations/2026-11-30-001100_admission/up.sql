-- Applications for the badge, their documents, and what was submitted each time.

CREATE TABLE applications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  kind text NOT NULL CHECK (kind IN ('first', 'renewal')),
  status text NOT NULL CHECK (status IN ('draft', 'submitted', 'in_review',
    'needs_information', 'approved', 'rejected', 'withdrawn')),
  version int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  status_since timestamptz NOT NULL,
  submitted_at timestamptz,
  -- what the applicant states
  registered_name text NOT NULL DEFAULT '',
  registration_number text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '',
  responsible_person text NOT NULL DEFAULT '',
  about text NOT NULL DEFAULT '',
  -- the reviewer at work
  claimed_by bigint REFERENCES users (id),
  claim_expires_at timestamptz,
  identity_judgement text CHECK (identity_judgement IN ('met', 'not_met')),
  reputation_judgement text CHECK (reputation_judgement IN ('met', 'not_met')),
  -- the decision, with the evaluation that it was made on
  decided_by bigint REFERENCES users (id),
  decided_at timestamptz,
  reason text NOT NULL DEFAULT '',
  failed_criteria text[] NOT NULL DEFAULT '{}',
  reapply_from timestamptz,
  evaluation jsonb,
  -- how many documents there are, and how many of them are licences: the criterion of the identity
  -- and the limit are decided from these
  documents int NOT NULL DEFAULT 0 CHECK (documents BETWEEN 0 AND 20),
  licences int NOT NULL DEFAULT 0,
  CHECK ((status IN ('approved', 'rejected')) = (decided_at IS NOT NULL)),
  CONSTRAINT applications_licences_are_documents CHECK (licences BETWEEN 0 AND documents)
);
CREATE UNIQUE INDEX applications_one_open ON applications (merchant_id)
  WHERE status IN ('draft', 'submitted', 'in_review', 'needs_information');
CREATE INDEX applications_queue ON applications (submitted_at, id)
  WHERE status IN ('submitted', 'in_review', 'needs_information');
CREATE INDEX applications_by_merchant ON applications (merchant_id, id);
-- A reviewer's own numbers, and the questions that they asked.
CREATE INDEX applications_by_decision ON applications (decided_by, decided_at)
  WHERE decided_at IS NOT NULL;

CREATE TABLE application_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications (id),
  version int NOT NULL,
  event text NOT NULL,
  at timestamptz NOT NULL,
  user_id bigint,
  note text NOT NULL DEFAULT '',
  UNIQUE (application_id, version)
);
CREATE INDEX application_events_by_user ON application_events (user_id, event, at);

CREATE TABLE application_documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications (id),
  file_id bigint NOT NULL UNIQUE REFERENCES files (id),
  category text NOT NULL CHECK (category IN ('licence', 'other')),
  label text NOT NULL DEFAULT '',
  -- the id of the form that brought it: sent twice, it counts once
  idempotency_key uuid NOT NULL,
  -- the document of the merchant's earlier application whose stored object this one names too
  taken_over_from bigint REFERENCES application_documents (id),
  UNIQUE (application_id, idempotency_key)
);
CREATE INDEX application_documents_taken_over ON application_documents (taken_over_from)
  WHERE taken_over_from IS NOT NULL;

-- What an application stated each time that it was submitted.
CREATE TABLE application_submissions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications (id),
  -- the version of the application that the submission led to
  version int NOT NULL,
  submitted_at timestamptz NOT NULL,
  registered_name text NOT NULL,
  registration_number text NOT NULL,
  address text NOT NULL,
  responsible_person text NOT NULL,
  about text NOT NULL,
  UNIQUE (application_id, version)
);

-- The documents that came with it. A file that was submitted once is kept, also when its document
-- is taken out of the application later.
CREATE TABLE submitted_documents (
  submission_id bigint NOT NULL REFERENCES application_submissions (id),
  file_id bigint NOT NULL REFERENCES files (id),
  category text NOT NULL CHECK (category IN ('licence', 'other')),
  label text NOT NULL,
  PRIMARY KEY (submission_id, file_id)
);
CREATE INDEX submitted_documents_by_file ON submitted_documents (file_id);
