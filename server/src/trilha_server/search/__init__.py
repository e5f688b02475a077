"""The filter language: text to tree, tree to text, and what a tree means for one trace."""
