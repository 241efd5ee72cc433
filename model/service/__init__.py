"""What keeps it running: settings, and the services that the page calls."""
