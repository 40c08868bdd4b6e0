DROP TRIGGER domains_search ON domains;
DROP TRIGGER merchants_search ON merchants;
DROP FUNCTION keep_merchant_search();
DROP FUNCTION search_row(bigint);
DROP FUNCTION search_grams(text);
DROP TABLE merchant_search;
