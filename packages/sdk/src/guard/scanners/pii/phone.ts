/** Phone numbers, by the rules of ITU-T E.164 and the North American plan. Without a library: recall over the shape, not the plan. */

/** A plus, or brackets, or digits in groups. */
export const PHONE =
  /(?<![\w.+/-])(?:\+\d{1,3}[ .-]?(?:\(0?\d{1,5}\)[ .-]?)?\d(?:[ ./-]?\d){5,12}|\(0?\d{2,5}\)[ .-]?\d{2,4}(?:[ .-]?\d){3,9}|(?:1[ .-])?[2-9]\d{2}[ .-][2-9]\d{2}[ .-]\d{4}|00\d{2}[ .-]?\d(?:[ ./-]?\d){6,12}|0\d{1,4}(?:[ ./-]\d{1,8}){1,5}|0\d{9,10})(?![\w-]|\.\d)/g;

/** A word before it that says so makes a bare number a phone number. */
const SAYS_PHONE =
  /\b(?:phone|tel|telephone|mobile|cell|call|fax|whatsapp|sms|text|contact|telefon|handy|mobil|rufnummer|telephone|portable|numero|teléfono|telefono|celular|тел|телефон|電話|电话)\b\.?[^\d]{0,20}$/i;

export function isPhone(found: string, text: string, at: number): boolean {
  const digits = found.replace(/\D/g, '');
  if (digits.length < 7 || digits.length > 15 || /^(\d)\1+$/.test(digits)) return false;
  if (found.startsWith('+')) return /^\+[1-9]/.test(found);
  // A part of a longer number in groups is none by itself.
  if (/[\dA-Z][ .-]$/.test(text.slice(Math.max(0, at - 2), at)) || /^\d{3}-\d{2}-\d{4}$/.test(found)) return false;
  // Dates, times and amounts have separators too.
  if (/^\d{2}[./-]\d{2}[./-]\d{2,4}$/.test(found) || /^0\d?[.,]\d+$/.test(found)) return false;
  if (/^(?:1[ .-])?[2-9]\d{2}[ .-][2-9]\d{2}[ .-]\d{4}$/.test(found)) return true;
  if (found.startsWith('(')) return digits.length >= 9;
  if (digits.length < 9) return false;
  if (found.startsWith('00')) return true;
  const said = SAYS_PHONE.test(text.slice(Math.max(0, at - 40), at));
  return said || (/^0\d{1,4}[ /-]/.test(found) && digits.length >= 9 && digits.length <= 12);
}
