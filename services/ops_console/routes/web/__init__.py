"""The console in a browser: pages that work without JavaScript, and faster with it."""
