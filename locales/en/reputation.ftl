merchant-record = Your record
merchant-record-about = Your tier and what the next one takes, your rating, and your months as plots.

rating-title = Rating of “{ $title }”
rating-lead-buyer-open = How was it with { $merchant }?
rating-lead-buyer-blind = You have rated this order. The shop reads it on { $moment }, or as soon as it answers.
rating-lead-buyer-published = Your rating is published. The shop has not answered.
rating-lead-buyer-answered = Your rating and the shop’s answer are published.
rating-lead-merchant-open = The buyer has not rated this order yet.
rating-lead-merchant-blind = The buyer has rated this order. You read the rating on { $moment }, or as soon as you answer.
rating-lead-merchant-published = The buyer’s rating is published. You can answer it once.
rating-lead-merchant-answered = The buyer’s rating and your answer are published.
rating-how = Give each of the three from 1 to 5. The shop learns that you rated, but reads it only when it has answered, or after 7 days. Then everybody can read it, without your name.
rating-until = You can rate until { $moment }.
rating-ask-goods = The goods
rating-ask-service = The service
rating-ask-delivery = The delivery
rating-marks-hint = 5 is best, 1 is worst.
rating-mark-5 = 5 – very good
rating-mark-4 = 4 – good
rating-mark-3 = 3 – fair
rating-mark-2 = 2 – poor
rating-mark-1 = 1 – very poor
rating-missing-goods = Choose a mark for the goods.
rating-missing-service = Choose a mark for the service.
rating-missing-delivery = Choose a mark for the delivery.
rating-words = In your words (optional)
rating-words-hint = What would help the next buyer? Leave out names and addresses: everybody can read it.
rating-do = Give this rating
rating-once = One rating an order. It cannot be changed or taken back.
rating-yours = Your rating
rating-the-buyers = The buyer’s rating
rating-no-words = Without words.
rating-answer-of = Answer of { $merchant }
rating-answer = Answer this rating
rating-answer-blind = You have not read this rating yet. If you answer now, both are published at once, word for word. If you wait, you read it first and can answer then.
rating-answer-words = Your answer
rating-answer-hint = Everybody can read it. You can answer once, and not change it.
rating-answer-do = Publish this answer
rating-answer-do-blind = Answer unread, and publish both
rating-mean = { $mean } of 5
rating-part-goods = Goods { $mark }
rating-part-service = Service { $mark }
rating-part-delivery = Delivery { $mark }
rating-by-buyer = A buyer,
rating-refused-not-completed = This order is not completed, so it cannot be rated. Only what was performed and settled is rated.
rating-refused-too-late = The 30 days to rate this order are over. It stays without a rating.
rating-refused-self-dealt = Buyer and shop of this order are connected, so it cannot be rated.
rating-refused-rated = This order was rated already. A rating is given once and stays as it is.
rating-refused-not-rated = The buyer has not rated this order, so there is nothing to answer.
rating-refused-replied = This rating was answered already. An answer is given once and stays as it is.
done-rated = Thank you. Your rating is kept as you gave it.
done-rating-answered = Your answer is published, together with the rating.
form-required-reply = Write what you want to answer.

record-title = Your record
record-lead = You are { $tier }. For { $next }, { $left ->
    [one] one condition is
   *[other] { $left } conditions are
} not met yet.
record-lead-top = You are { $tier }: there is no higher tier.
record-lead-soon = You are { $tier }. Your record is computed in the coming night.
record-lead-none = You have no badge, so no tier. Your trade counts all the same.
record-night = Your record is computed each night from the last twelve months. The tier comes from your orders alone, the rank from your buyers’ ratings alone.
record-waiting = { $count ->
    [one] One rating waits for you
   *[other] { $count } ratings wait for you
}
record-waiting-how = You read each as soon as you answer, or on its day.
record-waiting-until = Published
record-what-completed = Completed orders
record-what-dispute-rate = Dispute rate
record-what-months-trusted = Months as a trust merchant
record-needs-completed = at least { $value }
record-needs-dispute-rate = at most { $value }
record-needs-months-trusted = at least { $value }
record-of-paid = of { $count ->
    [one] one that was paid
   *[other] { $count } that were paid
}
record-completion-rate = Completion rate
record-completion-about = completed, of those that ended
record-dispute-about = disputed, of those that were paid
record-rating-count = { $count ->
    [0] no ratings yet
    [one] one rating
   *[other] { $count } ratings
}
record-tier = The guarantee: your tier
record-tier-about = What stands behind your orders. It rises and falls with your record, each night.
record-next = What { $tier } takes
record-met = Met
record-not-met = Not yet
record-measured = Measured
record-from = Measured from the orders paid and the ratings published from { $since } to { $until }.
record-left-out = { $count ->
    [one] One order is left out because buyer and shop are connected.
   *[other] { $count } orders are left out because buyer and shop are connected.
}
record-rank = The rating: your rank
record-rank-about = An order whose mean mark is 4 or more counts for you, one below 3 against you. The rank is read from the sum of all your rated orders.
record-score = sum { $score }
record-months = Month by month
record-month = Month
record-paid = Paid
record-completed = Completed
record-refunded = Money went back
record-disputed = Disputes
record-ratings = Ratings
record-mean = Mean
record-as-table = The same as a table
record-plot-orders = Orders that ended, month by month
record-plot-orders-about = A column for each month: completed orders below, orders whose money went back on top. The tallest column stands for { $most }. The table that follows has the numbers.
record-plot-ratings = Mean rating, month by month
record-plot-ratings-about = A dot for each month with ratings, between 1 and 5. The table that follows has the numbers.
record-no-ratings = No rating is published yet.
record-ratings-published = Ratings by buyers
record-empty = Your record begins with your first paid order
record-empty-how = It is computed in the night after it: orders, disputes, ratings, and the tier that they earn.
rank-none = no rank yet
rank-heart = { $count ->
    [one] one heart
   *[other] { $count } hearts
}
rank-diamond = { $count ->
    [one] one diamond
   *[other] { $count } diamonds
}
rank-crown = { $count ->
    [one] one crown
   *[other] { $count } crowns
}
rank-golden-crown = { $count ->
    [one] one golden crown
   *[other] { $count } golden crowns
}
rank-next = { $left ->
    [one] One more
   *[other] { $left } more
} to { $rank }.

credit-tier-title = Why this tier
credit-tier-trusted = Approved against all six criteria. What the record comes to decides on the tiers above.
credit-ratings-title = What buyers felt
credit-all-published = The newest ratings, as buyers gave them and with the shop’s answers. Each is read by nobody until both are there, or for 7 days.

rules-tiers = Tiers
rules-tiers-text = A trust merchant’s tier is computed each night from the twelve months before, and can rise and fall. Orders between people who share a shop, a browser or a payment account do not count and are not covered.
rules-tier-needs = at least { $completed } completed orders, at most { $disputes } of the paid orders disputed, { $months } months as a trust merchant
rules-ratings = Ratings
rules-ratings-text = The buyer of a completed order can rate goods, service and delivery from 1 to 5, once, within { $window }. The shop can answer once. Both are published together, or the rating alone after { $blind }; until then nobody else reads it. A published rating is never changed or removed.
rules-rank-text = An order whose mean mark is 4 or more counts +1, one below 3 counts −1. Hearts begin at a sum of 4, diamonds at 251, crowns at 10,001, golden crowns at 500,001. No rating moves a tier, and no tier a rank.

self-dealt-checkout = You and this shop are connected.
self-dealt-order = Buyer and shop of this order are connected.
self-dealt-link-membership = The buyer belongs to the shop.
self-dealt-link-device = Somebody of the shop has signed in with the buyer’s browser.
self-dealt-link-payment-account = They share a payment account.
self-dealt-follows = The order is carried out like any other, and the money is held. But the guarantee does not cover it, it cannot be rated, and it counts for no record.
order-event-find-self-dealt = Buyer and shop were found to be connected: the order is not covered and does not count

mail-order-self-dealt-subject = “{ $title }” is not covered
mail-order-self-dealt-body = We found that buyer and shop of “{ $title }” ({ $price }) are connected: they share a shop, a browser or a payment account.

    The order goes on like any other. But the guarantee does not cover it, it cannot be rated, and it counts for no record.
mail-order-self-dealt-action = See the order
mail-rating-received-subject = “{ $title }” was rated
mail-rating-received-body = The buyer of “{ $title }” has rated the order. You read the rating on { $due_at }, or as soon as you answer it.

    If you answer before you have read it, both are published at once.
mail-rating-received-action = See what you can do
mail-rating-published-subject = The rating of “{ $title }” is published: { $rating } of 5
mail-rating-published-body = The buyer of “{ $title }” gave { $rating } of 5, and writes: { $words }
mail-rating-published-action = Read the rating
mail-rating-answered-subject = The shop answered your rating of “{ $title }”
mail-rating-answered-body = The shop writes: { $reply }

    Your rating and this answer are published now, without your name.
mail-rating-answered-action = Read both
mail-badge-tier-raised-subject = Your badge is { $tier } now
mail-badge-tier-raised-body = Your badge { $code } has risen from { $before } to { $tier }: { $completed } completed orders in the last twelve months, { $disputes } of the paid orders disputed, { $months } months as a trust merchant.

    It shows wherever the badge is drawn.
mail-badge-tier-raised-action = See your record
mail-badge-tier-lowered-subject = Your badge is { $tier } now
mail-badge-tier-lowered-body = Your badge { $code } has gone from { $before } to { $tier }: { $completed } completed orders in the last twelve months, { $disputes } of the paid orders disputed, { $months } months as a trust merchant.

    Your record shows what { $before } takes. The tier is computed anew each night.
mail-badge-tier-lowered-action = See your record

order-to-rating = Rate this order, or see its rating
order-to-rating-merchant = See the rating of this order
