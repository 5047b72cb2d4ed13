# What people are told. Each kind has a title and a text; what stands in braces is filled in.

welcome-title = Welcome to LiveMart
welcome-text = Your account is ready. We write to you when something happens to your orders.

order-confirmed-title = Your order is confirmed
order-confirmed-text = We have confirmed your order { $order } and are getting it ready.

order-failed-title = Your order could not be completed
order-failed-text =
    Your order { $order } failed, and you have not been charged. The reason: { $failure ->
        [payment-declined] your payment was declined.
        [out-of-stock] something you ordered is out of stock.
       *[timed-out] it took us too long.
    }

order-cancelled-title = Your order is cancelled
order-cancelled-text = Your order { $order } is cancelled. What you have paid for it will be refunded.

order-shipped-title = Your order is on its way
order-shipped-text = Your order { $order } has left our warehouse.

order-delivered-title = Your order has arrived
order-delivered-text = Your order { $order } was delivered. We hope you like it.

payment-refunded-title = Your money is on its way back
payment-refunded-text = We have refunded { $amount } for your order { $order }.

stock-low-title = A product is running low
stock-low-text = Of the product { $product } no more than { $available } can be sold.

webhook-endpoint-disabled-title = A webhook endpoint was disabled
webhook-endpoint-disabled-text = Nothing is sent to the webhook endpoint { $endpoint } any more: it said that it is gone, or took nothing for days.

# Around the text of a mail.
mail-greeting = Hello { $name },
mail-greeting-staff = Hello,
mail-closing = Your LiveMart
