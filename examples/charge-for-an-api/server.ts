import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate } from '@fourmica/x402/server';
import express from 'express';

const { FACILITATOR_URL = 'http://127.0.0.1:8080', RECIPIENT_ADDRESS = '', PORT = '4000' } = process.env;

const gate = createPaymentGate({
  facilitator: { url: FACILITATOR_URL },
  routes: {
    'GET /premium': {
      offers: [{ network: 'localnet', payTo: RECIPIENT_ADDRESS, price: 10n ** 15n }], // 0.001 ETH in wei
    },
  },
});

const app = express();
app.use(paymentMiddleware(gate));
app.get('/premium', (_request, response) => {
  response.json({ forecast: 'sunny' });
});
const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on ${JSON.stringify(server.address())}`);
});
