import { createTransport, type Transporter } from 'nodemailer';
import { limits } from '@tallyspan/facts';
import type { AlertChannel } from '../api.ts';
import { jsonBody, mailOf, type Message, signedHeaders, slackBody } from './messages.ts';
import { safePost, type SafePostOptions } from './safe-post.ts';

export interface DeliveryOptions extends Pick<SafePostOptions, 'allowPrivate' | 'resolve'> {
  /** `smtp://user:password@host:587`, of the operator. Without it e-mail cannot be sent. */
  smtp?: string;
  /** Default `tallyspan@localhost`. */
  mailFrom?: string;
}

/** Sends one message to one channel. Rejects when it was not taken. */
export class Delivery {
  readonly #options: DeliveryOptions;
  #mailer: Transporter | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  async send(channel: AlertChannel, message: Message): Promise<void> {
    if (channel.type === 'email') return this.#mail(channel.to, message);
    const { allowPrivate, resolve } = this.#options;
    const body = channel.type === 'slack' ? slackBody(message) : jsonBody(message);
    const headers =
      channel.type === 'webhook' && channel.secret !== undefined
        ? signedHeaders(message.id, body, channel.secret, Date.now())
        : {};
    const status = await safePost(channel.url, body, headers, { allowPrivate, ...(resolve && { resolve }) });
    if (status < 200 || status > 299) throw new Error(`it answered with status ${status}`);
  }

  close(): void {
    this.#mailer?.close();
  }

  async #mail(to: string[], message: Message): Promise<void> {
    const { smtp, mailFrom = 'tallyspan@localhost' } = this.#options;
    if (smtp === undefined) throw new Error('the server was started without --smtp');
    this.#mailer ??= createTransport({
      url: smtp,
      connectionTimeout: limits.webhookTimeoutMs,
      greetingTimeout: limits.webhookTimeoutMs,
      socketTimeout: limits.webhookTimeoutMs,
    });
    // Nothing of a message may be read from a file or an address.
    const mail = { from: mailFrom, to, ...mailOf(message), disableFileAccess: true, disableUrlAccess: true };
    await this.#mailer.sendMail(mail);
  }
}
