"""The stores: SQLite and PostgreSQL behind one port."""
