// Where results go: words come pixel by pixel in tiles of TILE, and a tile may be the next COLUMNS channels of the same
// pixels (`groups` of them) before it is the next pixels. Pixels beyond the last one are dropped.
module writer #(
    parameter TILE = 1,
    parameter GROUPS_IN_WORD = 1 // parts of COLUMNS lanes in a word of activations
) (
    input  wire        clk,
    input  wire        start,
    input  wire        valid,
    input  wire        vector,        // whole words, pixel by pixel
    input  wire [15:0] destination, pixel_step, pixels, granules,
    input  wire [15:0] groups, last_groups,
    output wire        write,
    output wire [15:0] address,
    output reg  [15:0] group_in_word,
    output reg         done           // a clock cycle long
);
    reg [15:0] item, pixel, offset, tile_offset, group, granule;
    reg [15:0] word, granule_word, granule_group_in_word;

    wire [15:0] tile = vector ? 16'd1 : TILE[15:0];
    wire last_granule = granule + 16'd1 == granules;
    wire last_item = item + 16'd1 == tile;
    wire last_group = group + 16'd1 == (last_granule ? last_groups : groups);
    wire last_pixels = pixel + tile >= pixels;
    wire full = vector || group_in_word + 16'd1 == GROUPS_IN_WORD[15:0];
    wire [15:0] next_word = full ? word + 16'd1 : word;
    wire [15:0] next_group_in_word = full ? 16'd0 : group_in_word + 16'd1;

    assign write = valid && pixel + item < pixels;
    assign address = destination + word + offset;

    always @(posedge clk)
        if (start) begin
            {item, pixel, offset, tile_offset, group, granule} <= 96'd0;
            {word, granule_word, group_in_word, granule_group_in_word} <= 64'd0;
            done <= 1'b0;
        end else begin
            done <= valid && last_item && last_group && last_pixels && last_granule;
            if (valid) begin
                item <= last_item ? 16'd0 : item + 16'd1;
                offset <= offset + pixel_step;
                if (last_item) begin
                    if (!last_group) begin // the same pixels, the next channels
                        group <= group + 16'd1;
                        offset <= tile_offset;
                        word <= next_word;
                        group_in_word <= next_group_in_word;
                    end else if (!last_pixels) begin // the next pixels, from the granule's first channels
                        group <= 16'd0;
                        pixel <= pixel + tile;
                        tile_offset <= offset + pixel_step;
                        word <= granule_word;
                        group_in_word <= granule_group_in_word;
                    end else begin
                        group <= 16'd0;
                        {pixel, offset, tile_offset} <= 48'd0;
                        granule <= granule + 16'd1;
                        {word, granule_word} <= {next_word, next_word};
                        {group_in_word, granule_group_in_word} <= {next_group_in_word, next_group_in_word};
                    end
                end
            end
        end
endmodule
