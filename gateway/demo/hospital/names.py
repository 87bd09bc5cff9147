"""Names, towns and telephone prefixes by culture: common names only, combined at random; nobody real is meant.

A name is (written, romanized or phonetic); cultures that write one form leave the second out.
"""

from dataclasses import dataclass

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Culture:
    """`second` is how the second form of a name is marked: an ISO 21090 representation code, or a name use."""

    language: str
    country: str
    prefix: str
    towns: tuple[tuple[str, str], ...]
    families: tuple[Name, ...]
    women: tuple[Name, ...]
    men: tuple[Name, ...]
    second: str = ""


# fmt: off  (one block per culture reads better than one name per line)
CULTURES: tuple[Culture, ...] = (
    Culture(
        "de",
        "DE",
        "+49 30",
        (("Köln", "50667"), ("Würzburg", "97070"), ("Görlitz", "02826")),
        (("Müller",), ("Groß",), ("Schröder",), ("von der Höh",), ("Weiß-Jäger",)),
        (("Anneliese",), ("Zoë",), ("Käthe",), ("Jördis",)),
        (("Jürgen",), ("Björn",), ("Götz",), ("André",)),
    ),
    Culture(
        "fr",
        "FR",
        "+33 1",
        (("Besançon", "25000"), ("Nîmes", "30000")),
        (("Lefèvre",), ("d’Aubigné",), ("Garçon",), ("Le Goff",)),
        (("Chloé",), ("Anaïs",), ("Marie-Thérèse",)),
        (("François",), ("Rémy",), ("Jean-Noël",)),
    ),
    Culture(
        "pl",
        "PL",
        "+48 22",
        (("Łódź", "90-001"), ("Kraków", "30-001")),
        (("Nowak",), ("Żak",), ("Dąbrowa",)),
        (("Małgorzata",), ("Bożena",)),
        (("Łukasz",), ("Paweł",)),
    ),
    Culture(
        "is",
        "IS",
        "+354",
        (("Reykjavík", "101"), ("Ísafjörður", "400")),
        (("Blöndal",), ("Zoëga",)),
        (("Guðrún",), ("Þóra",)),
        (("Ólafur",), ("Eiður",)),
    ),
    Culture(
        "vi",
        "VN",
        "+84 24",
        (("Hà Nội", "100000"), ("Đà Nẵng", "550000")),
        (("Nguyễn",), ("Trần",), ("Đặng",)),
        (("Thị Hương",), ("Ngọc Ánh",)),
        (("Văn Đức",), ("Quốc Bảo",)),
    ),
    Culture(
        "tr",
        "TR",
        "+90 212",
        (("İstanbul", "34000"), ("Muğla", "48000")),
        (("Yılmaz",), ("Çelik",), ("Öztürk",)),
        (("Ayşe",), ("Gülşen",)),
        (("İbrahim",), ("Oğuz",)),
    ),
    Culture(
        "el",
        "GR",
        "+30 21",
        (("Αθήνα", "104 31"), ("Θεσσαλονίκη", "546 21")),
        (("Παπαγεωργίου", "Papageorgiou"), ("Νικολάου", "Nikolaou"), ("Οικονόμου", "Oikonomou")),
        (("Ελένη", "Eleni"), ("Μαρία", "Maria")),
        (("Γεώργιος", "Georgios"), ("Δημήτρης", "Dimitris")),
        "ABC",
    ),
    Culture(
        "uk",
        "UA",
        "+380 44",
        (("Київ", "01001"), ("Львів", "79000")),
        (("Шевченко", "Shevchenko"), ("Ковальчук", "Kovalchuk"), ("Їжакевич", "Yizhakevych")),
        (("Оксана", "Oksana"), ("Людмила", "Liudmyla")),
        (("Андрій", "Andrii"), ("Євген", "Yevhen")),
        "ABC",
    ),
    Culture(
        "ar",
        "EG",
        "+20 2",
        (("القاهرة", "11511"), ("الإسكندرية", "21500")),
        (("عبد الرحمن", "Abdelrahman"), ("الخطيب", "Elkhatib"), ("حسن", "Hassan")),
        (("فاطمة", "Fatma"), ("مريم", "Mariam")),
        (("محمد", "Mohamed"), ("يوسف", "Youssef")),
        "ABC",
    ),
    Culture(
        "he",
        "IL",
        "+972 3",
        (("תל אביב", "6100000"), ("חיפה", "3100000")),
        (("כהן", "Cohen"), ("לוי", "Levi"), ("בן־דוד", "Ben-David")),
        (("רות", "Ruth"), ("יעל", "Yael")),
        (("משה", "Moshe"), ("אריאל", "Ariel")),
        "ABC",
    ),
    Culture(
        "ja",
        "JP",
        "+81 3",
        (("東京都千代田区", "100-0001"), ("京都市", "600-8216")),
        (("山田", "ヤマダ"), ("渡邉", "ワタナベ"), ("髙橋", "タカハシ"), ("齋藤", "サイトウ")),
        (("花子", "ハナコ"), ("陽子", "ヨウコ")),
        (("太郎", "タロウ"), ("健一", "ケンイチ")),
        "SYL",
    ),
    Culture(
        "zh",
        "CN",
        "+86 10",
        (("北京市", "100000"), ("上海市", "200000")),
        (("王", "Wang"), ("欧阳", "Ouyang"), ("吕", "Lü")),
        (("秀英", "Xiuying"), ("丽", "Li")),
        (("伟", "Wei"), ("建国", "Jianguo")),
        "ABC",
    ),
    Culture(
        "ko",
        "KR",
        "+82 2",
        (("서울특별시", "04524"), ("부산광역시", "48058")),
        (("김", "Kim"), ("박", "Park"), ("최", "Choi")),
        (("서연", "Seo-yeon"), ("영희", "Yeong-hui")),
        (("민준", "Min-jun"), ("철수", "Cheol-su")),
        "ABC",
    ),
    Culture(
        "hi",
        "IN",
        "+91 11",
        (("नई दिल्ली", "110001"), ("जयपुर", "302001")),
        (("शर्मा", "Sharma"), ("सिंह", "Singh"), ("गुप्ता", "Gupta")),
        (("प्रिया", "Priya"), ("सुनीता", "Sunita")),
        (("राजेश", "Rajesh"), ("अमित", "Amit")),
        "ABC",
    ),
    Culture(
        "th",
        "TH",
        "+66 2",
        (("กรุงเทพมหานคร", "10200"), ("เชียงใหม่", "50000")),
        (("ใจดี", "Jaidee"), ("ศรีสุข", "Srisuk")),
        (("สมหญิง", "Somying"), ("มาลี", "Malee")),
        (("สมชาย", "Somchai"), ("ประยุทธ์", "Prayut")),
        "ABC",
    ),
)
# fmt: on
