"""Who is it, and what may they: tokens, and addresses that carry their own permission."""
