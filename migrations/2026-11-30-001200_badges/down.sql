DROP TABLE badge_sightings, impostor_reports;
