#!/bin/sh
# A skill in a job: ci_job.sh REMOTE VAULT_ID SKILL FILE
#
# The job's identity is the secret SKILLVAULT_KEY, a line of the file that `skillvault keygen` makes;
# a member adds it with `skillvault member add`. VAULT_ID, `sha256:...`, is what
# `skillvault vaults` prints with `--json`: a clone of anything else is refused. FILE is written for
# this user alone (mode 0600) and is what the next step of the job gives to its agent.
set -eu
: "${SKILLVAULT_KEY:?the secret of this job}"
skillvault clone "$1" job --id "$2"
skillvault inject "job/$3" --into "$4"
