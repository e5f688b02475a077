"""Everything that happens to spans after they ended, none of it on the application's threads."""
