DROP TABLE disbursement_accounts, disbursements;
