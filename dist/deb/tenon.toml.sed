# What the Debian package sets in dist/tenon.toml. The accounts lie in the state directory, since the
# service cannot write its configuration's.
s|^#environment = .*|environment = "production"|
s|^#plugin_dir = .*|plugin_dir = "/usr/lib/tenon/plugins"|
s|^#state_dir = .*|state_dir = "/var/lib/tenon"|
s|^#accounts_file = .*|accounts_file = "/var/lib/tenon/accounts.json"|
s|^#drain = .*|drain = "5s"|
