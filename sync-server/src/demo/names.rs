//! Names that sound right. All people are invented.

use super::rng::Rng;
use std::collections::HashSet;

const SURNAMES: [&str; 48] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗", "高", "郑", "梁",
    "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "袁", "潘", "蒋", "蔡", "余", "杜", "叶", "程", "苏",
    "魏", "吕", "丁", "任",
];

const GIVEN: [&str; 84] = [
    "秀英", "建国", "桂芳", "志强", "玉兰", "德明", "淑珍", "国华", "丽娟", "永康", "春梅", "文斌", "雪琴", "家富", "晓燕", "光荣", "红霞",
    "成林", "素芬", "世杰", "美玲", "长青", "惠兰", "俊峰", "翠花", "明亮", "凤英", "海涛", "桂香", "正义", "小红", "福生", "玉珍", "学文",
    "佳怡", "建华", "秋菊", "志远", "金凤", "宏伟", "琼", "勇", "敏", "涛", "燕", "军", "静", "刚", "蓉", "平", "兰", "超", "洁", "斌",
    "莉", "辉", "梅", "鹏", "萍", "磊", "思源", "雨桐", "子轩", "欣悦", "浩然", "一诺", "梦瑶", "天佑", "若兰", "嘉伟", "晓东", "婷婷",
    "文静", "国庆", "开明", "云飞", "素华", "仁义", "碧君", "清泉", "荣贵", "朝阳", "安琪", "立新",
];

/// Courtyards (小区) of the large street.
pub const COURTYARDS: [&str; 28] = [
    "锦绣苑",
    "和美家园",
    "东林雅居",
    "桂花园",
    "蓝天小区",
    "梧桐里",
    "建设新村",
    "祥和苑",
    "银杏庭",
    "金色阳光",
    "春晓园",
    "铁路新村",
    "杨柳岸",
    "翠屏苑",
    "府河花园",
    "民兴小区",
    "百合苑",
    "长安里",
    "龙潭小区",
    "西林佳苑",
    "兴业家园",
    "青龙里",
    "朝阳苑",
    "天和花园",
    "荷塘月色",
    "双桥新居",
    "望江苑",
    "幸福里",
];

/// Communities of the large street.
pub const COMMUNITIES: [&str; 10] =
    ["和美社区", "东林社区", "团结社区", "胜利社区", "桃源社区", "杨柳社区", "锦江社区", "北湖社区", "青龙社区", "建设社区"];

/// Shops of the alliance (联盟单位).
pub const PARTNERS: [&str; 10] = [
    "蜂巢便民超市",
    "康宁药房",
    "邻里食堂",
    "阳光理发店",
    "福源粮油店",
    "小书虫书屋",
    "安心家电维修",
    "春风裁缝铺",
    "益民菜市",
    "红旗早餐店",
];

/// Gives names to people, no name twice as long as there are enough.
pub struct People<'a> {
    rng: &'a mut Rng,
    given: HashSet<String>,
}

impl<'a> People<'a> {
    /// Nobody has a name yet.
    pub fn new(rng: &'a mut Rng) -> Self {
        Self { rng, given: HashSet::new() }
    }

    /// The next person's name.
    pub fn next(&mut self) -> String {
        // 48 x 84 names for 1,089 people: a few tries find a free one; a namesake would be no harm.
        for _ in 0..64 {
            let name = format!("{}{}", self.rng.pick(&SURNAMES), self.rng.pick(&GIVEN));
            if self.given.insert(name.clone()) {
                return name;
            }
        }
        format!("{}{}", self.rng.pick(&SURNAMES), self.rng.pick(&GIVEN))
    }
}
