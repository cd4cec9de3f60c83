import { type AdvertisingAnswer, AdvertisingPduType } from '../air/advertising-pdu.js';
import type { Dice } from '../air/dice.js';

/** Whose answer is received, by its index: one by chance, of those that ask for a connection when there are such. */
export function chooseWinner(answers: readonly AdvertisingAnswer[], dice: Dice): number {
  let connects = 0;
  for (const { type } of answers) if (type === AdvertisingPduType.connectInd) connects++;
  const contenders = connects || answers.length;
  let skip = contenders === 1 ? 0 : dice.below(contenders);
  for (let i = 0; i < answers.length; i++) {
    const counts = connects === 0 || answers[i]!.type === AdvertisingPduType.connectInd;
    if (counts && skip-- === 0) return i;
  }
  return 0;
}
