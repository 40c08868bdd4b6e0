DROP TABLE application_documents;
DROP FUNCTION keep_submitted_documents();
ALTER TABLE applications
  DROP CONSTRAINT applications_licences_are_documents, DROP COLUMN licences, DROP COLUMN documents;
DROP TABLE files;
DROP TABLE stored_objects;
