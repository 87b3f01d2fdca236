#!/bin/sh
# Installs Dovecot where that is possible; where it is not, the tests that need it are skipped and say so.
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v dovecot >/dev/null && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq dovecot-imapd dovecot-pop3d >/dev/null 2>&1 && exit
fi
echo "Dovecot is missing, and only root on Debian can have it installed from here: the tests that need it are skipped." >&2
