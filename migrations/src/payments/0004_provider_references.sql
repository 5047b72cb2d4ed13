-- Who has a hold, by the provider's name for it: webhooks are about it, and what a customer brings to pay with pays for one
-- order only. The sandbox makes each name up itself, and sends no webhooks.
CREATE UNIQUE INDEX payments_reference_once ON payments (provider, provider_reference)
    WHERE provider_reference IS NOT NULL AND provider <> 'sandbox';
