DROP TABLE submitted_documents, application_submissions, application_documents, application_events,
  applications;
