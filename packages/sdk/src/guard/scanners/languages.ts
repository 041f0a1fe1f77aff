/** Words that make up a third of any text of a language. */
export const COMMON_WORDS: Readonly<Record<string, string>> = {
  en: 'the of and to in is that it for was on are as with his they be at one have this from or had by not but what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see no way could people my than first been call who its now find long down day did get come made may part the what please',
  de: 'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei ich wir ihr mir mich bitte kann was wenn',
  fr: 'le la les de des du et à un une est que qui dans en pour pas sur au avec par ce il elle sont plus ne se son sa ses mais ou où nous vous je tu leur cette comme tout être fait aux très bien peut si même aussi quel quelle',
  es: 'el la los las de del y a un una que en es por para con no se su sus al lo como más pero o este esta son entre cuando muy sin sobre ser también me hasta hay donde quien desde todo nos durante yo qué cómo está tiene puede cuál',
  it: 'il lo la i gli le di del della e a un una che in è per con non si su sono come ma anche al da nel alla dei più questo questa ha o se ci quando dove tutto mi ti suo sua essere quale cosa può',
  pt: 'o a os as de do da dos das e em um uma que para com não se por mais como mas foi ao ele ela seu sua ou quando muito nos já eu também só pelo pela até isso entre depois sem mesmo aos quem você está é são qual pode',
  nl: 'de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij of uit nog naar heeft hij ze wordt door over tot je ik we deze kan meer hoe wat worden moet zo',
  sv: 'och att det i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från ut när efter upp vi dem vara vad över',
  da: 'og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi min havde ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil',
  no: 'og i jeg det at en et den til er som på de med han av ikke der så var meg seg men har om vi min mitt ha hadde hun nå over da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv her alle vil bli ble',
  fi: 'ja on ei se että hän oli en mutta ovat kun niin minä joka mitä kuin tämä vain sen olen olla jos ne nyt sitä voi ole mikä myös mukaan kuten sekä siitä',
  pl: 'i w na z do nie się to że jest o jak ale po co tak za od jego jej dla czy są był być już przez tylko który która może ich mnie oraz jako przy bardzo gdy proszę',
  cs: 'a se v na je že o s z do i to k ve pro za by ale si po jako však jeho jsem jsou od které který není být jeho také než jen když tak při už může podle',
  ro: 'și de a în la cu pe nu că o un este se din care mai sunt ce pentru dar au fi prin sau am lui ei fost această acest dacă cum după când fără foarte',
  hu: 'a az és hogy nem is egy ez meg ha de van volt csak már még mint ki mert el kell vagy lesz ezt azt minden nagyon ami olyan után lehet',
  tr: 've bir bu da de için ile çok ne daha gibi var ben o sen mi ama olan olarak kadar sonra her şey değil en ki biz nasıl bana neden olduğu lütfen',
  id: 'yang dan di dengan untuk pada dari ini itu tidak dalam akan ke adalah ada juga oleh saya atau karena bisa kami mereka sudah anda telah lebih seperti apa bagaimana',
  vi: 'và của là có không được cho trong một với người các những này đã để khi từ tôi như ra cũng về đến nhưng bạn thì rất làm gì',
};

/** Languages that are known by their script. The first that has its share of the letters wins. */
export const SCRIPTS: readonly { language: string; pattern: RegExp; share: number }[] = [
  { language: 'ja', pattern: /[\u3040-\u30ff]/g, share: 0.15 },
  { language: 'zh', pattern: /[\u3400-\u9fff]/g, share: 0.5 },
  { language: 'ko', pattern: /[\uac00-\ud7af]/g, share: 0.5 },
  { language: 'uk', pattern: /[іїєґ]/g, share: 0.04 },
  { language: 'ru', pattern: /[\u0400-\u04ff]/g, share: 0.5 },
  { language: 'fa', pattern: /[پچژگ]/g, share: 0.03 },
  { language: 'ar', pattern: /[\u0600-\u06ff]/g, share: 0.5 },
  { language: 'he', pattern: /[\u0590-\u05ff]/g, share: 0.5 },
  { language: 'hi', pattern: /[\u0900-\u097f]/g, share: 0.5 },
  { language: 'th', pattern: /[\u0e00-\u0e7f]/g, share: 0.5 },
  { language: 'el', pattern: /[\u0370-\u03ff]/g, share: 0.5 },
];
