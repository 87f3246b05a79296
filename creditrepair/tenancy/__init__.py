"""Who is asking and whose data it is: regions (tenants), departments, people, roles, row-level security, sign-in."""
