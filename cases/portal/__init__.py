"""The portal: public pages and the applicant's own. Pages only: objects come from `cases.access`, acts go through verbs."""
