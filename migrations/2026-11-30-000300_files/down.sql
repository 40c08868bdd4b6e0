DROP TABLE files, stored_objects;
