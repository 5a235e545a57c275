"""What people do to try a flow: by permission, inside the tenant, with an audit row."""
