#!/bin/sh
# SPDX-License-Identifier: MIT
# as-user.sh COMMAND...: runs it as an unprivileged user. For one who is not root already, as is.
[ "$(id -u)" != 0 ] && exec "$@"
exec setpriv --reuid=1234 --regid=1234 --clear-groups env \
        HOME=/nonexistent USER=nobody LOGNAME=nobody "$@"
