"""The database: MongoDB where MONGODB_URI names one, else an embedded one for development."""
