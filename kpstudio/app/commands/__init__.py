"""The table of actions: menus, toolbar, palette, shortcuts and tests all read it."""
